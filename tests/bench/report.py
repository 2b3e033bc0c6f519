# SPDX-License-Identifier: MIT
"""The figures as a table, and as one chart."""

import html
import statistics


class Figures:
    """Nanoseconds of each round: (work, contestant) -> list."""

    def __init__(self):
        self.rounds = {}

    def add(self, work, who, ns):
        self.rounds.setdefault((work, who), []).append(ns)

    def median(self, work, who):
        got = self.rounds.get((work, who))
        return statistics.median(got) if got else None

    def ratio(self, work, who, base):
        """Median of the ratios round by round, and their spread, or None."""
        mine = self.rounds.get((work, who))
        base = self.rounds.get((work, base))
        if not mine or not base:
            return None
        ratios = [a / b for a, b in zip(mine, base) if b]
        return statistics.median(ratios), min(ratios), max(ratios)


def time_text(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size * 0.995:
            return "%.*f %s" % (0 if ns / size >= 99.5 else 1, ns / size, unit)
    return "%d ns" % ns


def table(figures, works, names, base):
    """Markdown: the base in time, the others as ratios to it, with spread."""
    lines = ["| work | %s | %s |" % (base, " | ".join(
        n for n in names if n != base)), "|---" * (len(names) + 1) + "|"]
    for work in works:
        ns = figures.median(work, base)
        cells = [time_text(ns) if ns else "–"]
        for who in names:
            if who == base:
                continue
            got = figures.ratio(work, who, base)
            if got:
                cells.append("%.2f (%.2f–%.2f)" % got)
            else:
                ns = figures.median(work, who)
                cells.append(time_text(ns) if ns else "–")
        lines.append("| %s | %s |" % (work, " | ".join(cells)))
    return "\n".join(lines)


# --- the chart ----------------------------------------------------------------

WIDTH, LEFT, TOP, ROW = 860, 210, 70, 24
COLOURS = {"native": "#8a8a8a", "by hand": "#2f6fb0", "idemfs": "#d0402b",
           "idemfs, no passthrough": "#e59a8f"}
OTHER = "#b9b38a"
TICKS = (0.5, 1, 2, 5, 10, 20, 50, 100)


class Scale:
    """Ratios on a logarithmic axis, between the least and the greatest."""

    def __init__(self, ratios):
        import math
        self.log = math.log
        self.low = min(0.4, min(ratios)) * 0.9
        self.high = max(max(ratios) * 1.1, 4)

    def x(self, ratio):
        part = self.log(ratio / self.low) / self.log(self.high / self.low)
        return LEFT + part * (WIDTH - LEFT - 20)


def dot(x, y, who):
    colour = COLOURS.get(who, OTHER)
    return ('<circle cx="%.1f" cy="%.1f" r="%d" fill="%s"><title>%s</title>'
            '</circle>' % (x, y, 6 if who in COLOURS else 4, colour,
                           html.escape(who)))


def legend(names):
    out, x = [], 10
    shown = [n for n in names if n in COLOURS] + ["peers"]
    for who in shown:
        out.append('<circle cx="%d" cy="34" r="5" fill="%s"/>' %
                   (x + 5, COLOURS.get(who, OTHER)))
        out.append('<text x="%d" y="38">%s</text>' % (x + 15,
                                                      html.escape(who)))
        x += 40 + 7 * len(who)
    return out


def chart(figures, works, names, base):
    """An SVG: a row a work, a dot a contestant, times relative to @base."""
    rows = [(w, {n: figures.ratio(w, n, base)[0] for n in names
                 if figures.ratio(w, n, base)}) for w in works]
    rows = [r for r in rows if len(r[1]) > 1]
    scale = Scale([v for _, r in rows for v in r.values()])
    height = TOP + ROW * len(rows) + 20
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
           'font-family="sans-serif" font-size="12">' % (WIDTH, height),
           '<rect width="100%" height="100%" fill="#ffffff"/>',
           '<text x="10" y="18" font-size="14">Time relative to %s (less is '
           'better)</text>' % html.escape(base)]
    out += legend(names)
    for t in TICKS:
        if scale.low <= t <= scale.high:
            x = scale.x(t)
            out.append('<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" '
                       'stroke="#dddddd"/>' % (x, x, TOP - 8, height - 14))
            out.append('<text x="%.1f" y="%d" text-anchor="middle" '
                       'fill="#666666">%g×</text>' % (x, TOP - 12, t))
    for i, (work, ratios) in enumerate(rows):
        y = TOP + ROW * i + ROW / 2
        out.append('<text x="%d" y="%.1f" text-anchor="end">%s</text>' %
                   (LEFT - 10, y + 4, html.escape(work)))
        out += [dot(scale.x(v), y, n) for n, v in ratios.items()
                if n not in COLOURS]
        out += [dot(scale.x(v), y, n) for n, v in ratios.items()
                if n in COLOURS]
    return "\n".join(out + ["</svg>"]) + "\n"
