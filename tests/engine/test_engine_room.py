"""How many calls an endpoint takes at once: a number that finds the capacity."""

from webapp.engine.room import Room


def use(room: Room, capacity: int, steps: int, offered: int = 40) -> tuple[list[int], int]:
    """Use a room as one who has always more to do.

    Calls that come while `capacity` are in flight are refused. Gives how many were in flight after
    each step, and how many were refused.
    """
    seen, refusals = [], 0
    for _ in range(steps):
        while room.has_space and room.in_flight < offered:
            room.in_flight += 1
            if room.in_flight > capacity:
                room.in_flight -= 1
                room.shrink(is_same=False)
                refusals += 1
                break
        seen.append(room.in_flight)
        room.prove()
        room.in_flight -= 1
    return seen, refusals


def test_a_capacity_is_found_and_seldom_exceeded() -> None:
    seen, refusals = use(Room(20), capacity=5, steps=1000)
    assert seen[100:] == [5] * 900
    assert refusals <= 50


def test_the_first_refusal_finds_it() -> None:
    room = Room(None)
    use(room, capacity=5, steps=1)
    assert room.limit == 5


def test_a_capacity_that_grows_is_found_again() -> None:
    room = Room(20)
    use(room, capacity=5, steps=300)
    seen, _ = use(room, capacity=12, steps=2000)
    assert max(seen) == 12
    assert min(seen[-100:]) >= 11


def test_a_capacity_that_shrinks_is_followed() -> None:
    room = Room(20)
    use(room, capacity=12, steps=300)
    seen, refusals = use(room, capacity=3, steps=500)
    assert seen[-100:] == [3] * 100
    assert refusals <= 100


def test_there_are_never_more_than_the_cap() -> None:
    room = Room(4)
    seen, refusals = use(room, capacity=100, steps=200)
    assert (max(seen), room.limit, refusals) == (4, 4, 0)
    use(room, capacity=2, steps=50)
    seen, _ = use(room, capacity=100, steps=2000)
    assert (max(seen), room.limit) == (4, 4)


def test_one_call_may_always_be_tried() -> None:
    room = Room(None)
    use(room, capacity=0, steps=1)
    room.in_flight = 0
    assert room.has_space


def test_a_quiet_time_proves_nothing() -> None:
    room = Room(20)
    use(room, capacity=5, steps=300)
    before = room.limit
    use(room, capacity=100, steps=500, offered=2)
    assert room.limit == before
