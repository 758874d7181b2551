"""<web-danmaku> under many comments: they never cover each other, and cost neither time nor memory."""

import gzip

from playwright.sync_api import CDPSession, Page

from tests.browser.films import many, showing, watch
from webchat.web.assets import STATIC

MEETINGS = """async () => {
    let found = 0;
    for (let i = 0; i < 60; i += 1) { await frames(1); found += overlaps(); }
    return found;
}"""
STORM = """async ([from, to]) => {
    let spent = 0;
    for (let id = from; id < to;) {
        const begun = performance.now();
        turn(id / 500);
        for (let i = 0; i < 100; i += 1, id += 1) {
            const t = id * 2 - 50;
            tell({ type: 'fly', t, mode: 'scroll', color: '#ffffff', text: `comment ${id}`, id, by: 'Bob' });
        }
        spent += performance.now() - begun;
        if (pending) await settled();
    }
    return spent;
}"""


def metric(probe: CDPSession, name: str) -> float:
    return float(next(one["value"] for one in probe.send("Performance.getMetrics")["metrics"] if one["name"] == name))


def test_it_is_small() -> None:
    assert len(gzip.compress((STATIC / "embed" / "danmaku.js").read_bytes(), 9, mtime=0)) <= 2_560


def test_none_of_20000_covers_another(screen: Page) -> None:
    comments = many(20_000, 170_000)
    with showing(comments) as site:
        watch(screen, site, by_hand=True)
        seen = screen.evaluate("""async () => {
            const seen = { overlaps: 0, steps: 0, most: 0, shown: new Set() };
            for (let at = 0; at < 170; at += 0.2) {
                turn(at);
                if (pending) await settled();
                seen.overlaps += overlaps();
                seen.steps += 1;
                for (const span of spans()) seen.shown.add(span);
                seen.most = Math.max(seen.most, spans().length);
            }
            return { ...seen, shown: seen.shown.size };
        }""")
    assert seen["overlaps"] == 0
    assert seen["shown"] > 1_000
    assert seen["most"] < 200


def test_memory_and_time_stay_flat_after_100000(screen: Page) -> None:
    with showing() as site:
        watch(screen, site, by_hand=True)
        probe = screen.context.new_cdp_session(screen)

        def heap() -> float:
            screen.evaluate("settled()")
            for _time in range(3):
                probe.send("HeapProfiler.collectGarbage")
            return float(probe.send("Runtime.getHeapUsage")["usedSize"]) / 1_000

        screen.evaluate(STORM, [0, 10_000])
        before = heap()
        took = screen.evaluate(STORM, [10_000, 110_000])
        after = heap()
        assert screen.evaluate("spans().length") < 200
    print(f"heap {before:.0f} kB, after 100,000 more {after:.0f} kB; {took / 100:.1f} µs a comment")
    assert after < before + 300
    assert took / 100 < 1_000


def test_flying_costs_no_script(screen: Page) -> None:
    """Frames are the compositor's: the script runs when a comment takes off, and four times a second."""
    with showing(many(500, 60_000)) as site:
        watch(screen, site)
        probe = screen.context.new_cdp_session(screen)
        probe.send("Performance.enable")
        screen.evaluate("video.currentTime = 10; video.play()")
        screen.wait_for_function("video.currentTime > 12")
        spent = metric(probe, "ScriptDuration")
        start = screen.evaluate("video.currentTime")
        screen.wait_for_function("(start) => video.currentTime > start + 3", arg=start, polling=250)
        spent = metric(probe, "ScriptDuration") - spent
        flying = screen.evaluate("spans().length")
        assert screen.evaluate(MEETINGS) == 0
    print(f"{flying} flying; script {spent / 3 * 1000 / 60:.3f} ms a frame of 1/60 s")
    assert flying > 20
    assert spent / 3 / 60 < 0.002
