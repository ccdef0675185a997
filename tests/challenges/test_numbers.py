from django.db import connection


def test_challenge_numbers_go_on_past_five_digits(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('challenge_number_seq', 99998)")
        cursor.execute("SELECT challenge_number() FROM generate_series(1, 3)")
        numbers = [number.partition("-")[2] for (number,) in cursor.fetchall()]
        cursor.execute("ALTER SEQUENCE challenge_number_seq RESTART")
    assert numbers == ["99999", "100000", "100001"]
