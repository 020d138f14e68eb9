{#- In the place of nbgrader's, which includes a template that nbgrader does not have. -#}
{% extends "base.tpl" %}
{% set base_url = resources.base_url %}

{% block title %}No graded copy{% endblock %}

{% block body %}
<div class="panel-body">
  <p>The graded copy of <strong>{{ resources.notebook_id }}</strong> is not there:</p>
  <pre>{{ resources.filename }}</pre>
  <p>It is made again by <code>autograder grade {{ resources.assignment_id }}</code> in the
  course's folder, or by the student's button under
  <a href="{{ base_url }}/formgrader/manage_submissions/{{ resources.assignment_id | urlencode }}">Manage Submissions</a>.
  Scores and comments given by hand stay.</p>
</div>
{% endblock %}
