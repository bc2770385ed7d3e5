"""A report, whoever fills in the form: a citizen on the city's page, a colleague at the desk."""
