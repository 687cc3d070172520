"""Draw every example of draw-vectors.json again, with Python's standard library alone."""
import functools, hashlib, itertools, json, sys
sha = lambda *parts: hashlib.sha256("|".join(parts).encode()).hexdigest()
def steps(units, take, policy, rounds):  # the pools in turn, and how many are taken from each
    found, taken, take = [], 0, min(take, len(units))
    if policy == "cycle" and take < len(units):
        seen = set()
        for drawn in ({*units}.intersection(one) for one in rounds):
            seen = drawn & seen if {*units} - seen <= drawn else seen | drawn
        taken = min(take, len(units) - len(seen))
        found = [([u for u in units if u not in seen], taken)]
    elif policy.startswith("within") and take < len(units):
        last = {u: max([n for n, r in enumerate(rounds, 1) if u in r], default=0) for u in units}
        due = {u: max(int(policy[7:-1]) - len(rounds) + last[u], 1) for u in units}
        for day in sorted(set(due.values())):
            pool = [u for u in units if due[u] <= day]
            if (must := len(pool) - take * (day - 1)) > taken:
                found, taken = [*found, (pool, must - taken)], must
    return [*found, (units, take - taken)]
def by_size(head, line, take, sizes):  # on a line, in order of tickets; the too large come first
    total, drawn = sum(sizes[u] for u in line), []
    if sure := [u for u in line if take * sizes[u] >= total]:
        return sure + by_size(head, [u for u in line if u not in sure], take - len(sure), sizes)
    mark = int(sha(*head, "*"), 16) % total if take else 0  # past the highest tickets: "*/2" ...
    for unit, end in zip(line, itertools.accumulate(take * sizes[u] for u in line)):
        if mark < end:
            drawn, mark = [*drawn, unit], mark + total
    return drawn
def places(one, head):  # digits: of the codes of the strata, and of the units of each stage
    found, sizes = {}, one["sizes"]
    for stage, (above, below) in enumerate(itertools.pairwise(one["digits"])):
        for stratum in {c[:above] for c in one["frame"] if not stage or c[:above] in sum(found.values(), [])}:
            found[stratum], policy = [], "independent" if stage else one["coverage"]
            units = {c[:below] for c in one["frame"] if c[:above] == stratum and sizes.get(c, 1)}
            for n, (pool, take) in enumerate(steps(sorted(units), one["take"], policy, one["rounds"])):
                here = [*head, f"{stratum}/{n + 1}" if n else stratum]
                ranked = sorted({*pool} - {*found[stratum]}, key=lambda u: sha(*here, u))
                taken = by_size(here, ranked, take, sizes) if sizes else ranked[:take]
                found[stratum] += sorted(taken, key=ranked.index)
    return found
def teams(one, head):
    rank = lambda stratum, ids: sorted(ids, key=lambda i: sha(*head, stratum, i))
    meet = lambda area, place: area.startswith(place) or place.startswith(area)
    able = lambda i, p: not (meet(i["home"], p[:6]) or any(meet(area, p) for area in i["areas"]))
    free = {p: rank(p, [i["id"] for i in one["inspectors"] if able(i, p)]) for p in one["places"]}
    def tried(team, p, more, cap):  # the teams with one more, if all can be filled after that
        new, seats = team | {p: [*team[p], *more]}, [i for row in team.values() for i in row]
        full = len(new[p]) > one["size"] or any(i in team[p] or seats.count(i) == cap for i in more)
        short = next((q for q in free if len(new[q]) < one["size"]), None)
        return not full and (not short or any(tried(new, short, [i], cap) for i in free[short])) and new
    team = {p: [] for p in free}
    cap = next(cap for cap in itertools.count(1) if tried(team, one["places"][0], [], cap))
    return functools.reduce(lambda row, one: tried(row, *one, cap) or row, [(p, [i]) for p in rank("*", free) for i in free[p]], team)
given = json.load(open(sys.argv[1], encoding="utf-8"))
seed = lambda one: sha("antipoverty-notice/1", one["notice"], one["plan"], *one["results"])
assert all(seed(one) == one["seed"] for one in given["seeds"])
for one in given["draws"] + given["teams"]:
    redrawn = (teams if "inspectors" in one else places)(one, [given["algorithm"], *one["head"]])
    assert redrawn == one["drawn"], one["name"]
print("ok")
