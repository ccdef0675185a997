"""The targets of the city's plan, as the region reports on them."""

from django.db import migrations

# place, what is wanted, at least, at most, unit, anew each year, by the end of
TARGETS = (
    ("region", "platforms", 15, None, "items", False, None),
    ("region", "alliances", 5, 8, "items", False, None),
    ("region", "high_tech", 50, None, "bodies", True, None),
    ("no5", "firms", 100, None, "bodies", False, 2025),
    ("no5", "rd_bodies", 30, None, "bodies", False, 2025),
    ("no5", "outcomes", 50, None, "results", False, 2025),
    ("no5", "output", 50, None, "hundred_million", False, 2025),
    ("no5", "jobs", 6000, None, "people", False, 2025),
)


def add_targets(apps, _schema_editor):
    """One row a target, in the plan's order."""
    rows = apps.get_model("challenges", "RegionTarget").objects
    for position, (place, measure, least, most, unit, each_year, by_year) in enumerate(TARGETS, start=1):
        rows.create(
            position=position,
            place=place,
            measure=measure,
            least=least,
            most=most,
            unit=unit,
            each_year=each_year,
            by_year=by_year,
        )


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("challenges", "0028_region_figures")]
    operations = [migrations.RunPython(add_targets, migrations.RunPython.noop)]
