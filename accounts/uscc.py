"""Unified social credit codes (统一社会信用代码), checked as GB 32100-2015 and GB 11714-1997 say.

Eighteen characters: registering department, category, administrative division (6 digits), organisation code (9, the
last of which is its own check character), check character of the whole.
"""

import unicodedata

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = [pow(3, position, 31) for position in range(17)]

# GB 11714 counts A as 10 up to Z as 35: other values than those of ALPHABET, which leaves out I O S V Z.
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANIZATION_CHECKS = "0123456789X"


def clean(text: str) -> str:
    """What a person typed or pasted, as the code is written: half-width, upper case, without blanks and hyphens."""
    return "".join(unicodedata.normalize("NFKC", text).upper().replace("-", "").split())


def organization_code_check(code: str) -> str:
    """The check character (0-9 or X) that GB 11714 gives to the first eight characters; a ninth is ignored."""
    total = sum(int(character, 36) * weight for character, weight in zip(code[:8], _ORGANIZATION_WEIGHTS, strict=True))
    return _ORGANIZATION_CHECKS[-total % 11]


def problems(code: str) -> list[str]:
    """Why `code` is not valid, as reason codes; empty if it is. Strict: `clean` what people typed first.

    `length`, `alphabet` and `division` (characters 3-8 are digits) are about the form; with a sound form,
    `organization_code` and `check` name the check characters (17th, 18th) that do not fit.
    """
    if len(code) != LENGTH:
        return ["length"]
    if any(character not in _VALUE for character in code):
        return ["alphabet"]
    checks = {
        "division": code[2:8].isdigit(),
        "organization_code": code[16] == organization_code_check(code[8:17]),
        "check": code[17] == _check(code[:17]),
    }
    return [reason for reason, holds in checks.items() if not holds]


def is_valid(code: str) -> bool:
    """Whether both check characters and the form are right."""
    return not problems(code)


def make(body: str) -> str:
    """The valid code that begins with these sixteen characters, for generated organisations; ValueError if none."""
    if len(body) != LENGTH - 2 or any(character not in _VALUE for character in body) or not body[2:8].isdigit():
        reason = f"{body!r} is not two characters, six digits and eight characters out of {ALPHABET}"
        raise ValueError(reason)
    body += organization_code_check(body[8:])
    return body + _check(body)


def _check(body: str) -> str:
    total = sum(_VALUE[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]
