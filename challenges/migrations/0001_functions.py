"""What the tables' columns call: the challenge number and the search terms.

Chinese is searched by pairs of neighbouring characters, which needs no dictionary and misses no new term of a field;
single characters are kept too, so that a one-character query finds something. Latin words match from their beginning.
"""

from django.db import migrations

FUNCTIONS = r"""
CREATE SEQUENCE challenge_number_seq;

CREATE FUNCTION challenge_number() RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT 'JB' || to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY') || '-' || lpad(next, greatest(5, length(next)), '0')
    FROM (SELECT nextval('challenge_number_seq')::text AS next) AS number
$$;

CREATE FUNCTION search_words(input text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(found[1]) FROM regexp_matches(coalesce(input, ''), '([\u4E00-\u9FFF]+|[A-Za-z0-9]+)', 'g') AS found
$$;

CREATE FUNCTION search_terms(input text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(DISTINCT term), '{}') FROM (
    SELECT word AS term FROM search_words(input) AS word WHERE word ~ '^[a-z0-9]'
    UNION
    SELECT substr(word, place, width) FROM search_words(input) AS word,
      generate_series(1, length(word)) AS place, generate_series(1, 2) AS width
      WHERE word !~ '^[a-z0-9]' AND place + width - 1 <= length(word)
  ) AS terms
$$;

CREATE FUNCTION search_query(input text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(string_agg(DISTINCT term, ' & '), '')::tsquery FROM (
    SELECT quote_literal(word) || ':*' AS term FROM search_words(input) AS word WHERE word ~ '^[a-z0-9]'
    UNION
    SELECT quote_literal(word) FROM search_words(input) AS word WHERE word !~ '^[a-z0-9]' AND length(word) = 1
    UNION
    SELECT quote_literal(substr(word, place, 2)) FROM search_words(input) AS word,
      generate_series(1, length(word) - 1) AS place WHERE word !~ '^[a-z0-9]'
  ) AS terms
$$;

CREATE FUNCTION challenge_search(title text, background text, number text) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(search_terms(title || ' ' || background || ' ' || number))
$$;
"""

BACK = """
DROP FUNCTION challenge_search(text, text, text);
DROP FUNCTION search_query(text);
DROP FUNCTION search_terms(text);
DROP FUNCTION search_words(text);
DROP FUNCTION challenge_number();
DROP SEQUENCE challenge_number_seq;
"""


class Migration(migrations.Migration):
    """Runs before the tables that use them."""

    initial = True
    dependencies = []
    operations = [migrations.RunSQL(FUNCTIONS, BACK)]
