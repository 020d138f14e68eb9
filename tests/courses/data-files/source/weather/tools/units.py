"""Units of temperature."""

ZERO = 273.15


def celsius(kelvin):
    """Degrees Celsius of a temperature in kelvin."""
    return kelvin - ZERO
