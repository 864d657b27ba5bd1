"""What the calendar refuses."""

from __future__ import annotations

from server.core.problems import Problem


class TermOutOfRange(Problem):
    """A number of hours or days that no notice can carry (below 1 or above 3650)."""

    code, status, title = "calendar.term_out_of_range", 422, "期限数值不合理"


class DayOutsideCalendar(Problem):
    """Service or deadline before 2004 or after 2100, or a moment without offset."""

    code, status, title = "calendar.day_outside", 422, "日期超出日历范围"


class ImportRefused(Problem):
    """A holiday file with faults; `rows` lists them as {"row", "message"}. Nothing was stored."""

    code, status, title = "calendar.import_refused", 422, "放假安排文件有误，没有导入"


class BadDeadline(ValueError):
    """The command line's words make no deadline; the message is one line."""
