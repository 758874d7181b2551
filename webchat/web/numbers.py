"""Numbers that others write: those that a row could have. In a route they are ``{name:number}``."""

from starlette.convertors import IntegerConvertor, register_url_convertor


class Number(IntegerConvertor):
    """Starlette's ``int`` takes as many digits as are written, and Python refuses to read more than 4,300."""

    regex = "[0-9]{1,15}"


register_url_convertor("number", Number())


def whole_number(text: str) -> int | None:
    """The number that ``text`` spells, if it is one that a row could have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
