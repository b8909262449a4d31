"""The field that finds a tune in a menu."""

from __future__ import annotations

import pytest

from lstmmusic.studio.controls import choice, on_choice
from lstmmusic.studio.find import MANY, Find


@pytest.mark.usefixtures("closed_views")
def test_menu_of_many_tunes_lists_those_that_are_found_and_the_chosen_one() -> None:
    menu, chosen = choice("Tune", "Which. Default: none", {"none": "none"}), list[str]()
    on_choice(menu, "value", lambda action: action(), lambda: chosen.append(menu.value))
    find = Find(lambda action: action(), menu)
    find.offer([("none", "none"), ("Ach Gott", "a")], "a")
    assert (menu.value, find.field.layout.display) == ("a", "none")  # few are seen at once
    tunes = [("none", "none"), *((f"Choral {number}", str(number)) for number in range(MANY))]
    find.offer(tunes, "7")
    assert (len(menu.options), menu.value, find.field.layout.display) == (MANY + 1, "7", None)
    find.field.value = "CHORAL 1"
    assert [value for _, value in menu.options] == ["1", "7", *(str(number) for number in range(10, 20))]
    assert menu.value == "7"
    assert find.entries == tuple(tunes)
    menu.value = "12"
    find.offer(tunes, "12")  # as when music is ticked
    assert [value for _, value in menu.options] == ["1", *(str(number) for number in range(10, 20))]
    find.field.value = ""
    assert menu.options == tuple(tunes)
    find.offer(tunes[:3], "none")
    assert chosen == ["12"]
