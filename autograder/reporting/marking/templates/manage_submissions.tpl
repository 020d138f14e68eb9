{#- nbgrader's list of submissions, and above it those that want a look. -#}
{% extends "nbgrader/manage_submissions.tpl" %}

{% block messages %}
{{ super() }}
{% if unusual %}
<div class="panel panel-warning" id="unusual">
  <div class="panel-heading" role="tab">
    <h4 class="panel-title">
      <a class="collapsed" role="button" data-toggle="collapse" href="#collapseUnusual" aria-expanded="false" aria-controls="collapseUnusual">
        For you alone: {{ unusual | length }} {{ "submission wants" if unusual | length == 1 else "submissions want" }} a look (click to expand)
      </a>
    </h4>
  </div>
  <div id="collapseUnusual" class="panel-collapse collapse">
    <ul class="list-group">
{% for found in unusual[:most] %}
      <li class="list-group-item">
{% if found.failed %}
        <strong>{{ found.student | printable }}</strong> could not be graded
{% else %}
        <a href="{{ base_url }}/formgrader/manage_students/{{ found.student | urlencode }}/{{ assignment_id | urlencode }}"><strong>{{ found.student | printable }}</strong></a>
{% endif %}
{% if found.damaged %}
        <span class="label label-warning">damaged record</span>
{% endif %}
{% for flag in found.open[:1] %}
        <span class="label label-warning">{{ flag.kind }}</span> {{ flag.detail }}
{% if found.open | length > 1 %}
        (and {{ found.open | length - 1 }} more)
{% endif %}
        <div>→ {{ found.action(flag) }}</div>
{% endfor %}
      </li>
{% endfor %}
{% if unusual | length > most %}
      <li class="list-group-item">And {{ unusual | length - most }} more: <code>autograder report {{ assignment_id }}</code> has all.</li>
{% endif %}
    </ul>
  </div>
</div>
{% endif %}
{% endblock %}
