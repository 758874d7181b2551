"""What is counted, as Prometheus reads it: ``/metrics``, for this machine and those whom the settings name."""

import ipaddress
from collections.abc import Iterable, Iterator

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from webchat.errors import Refused
from webchat.metrics import Histogram, Metrics
from webchat.settings import Settings
from webchat.web.forwarding import FORWARDING
from webchat.web.house import peer
from webchat.web.security import is_local

REASONS = {kind.status: kind.__name__ for kind in Refused.__subclasses__()}


class _Counts(Collector):
    """The numbers of one application, under the names that `docs/reference/metrics.md` lists."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """What there is now."""
        m = self._metrics
        yield GaugeMetricFamily("webchat_sockets", "Open WebSocket connections.", m.sockets)
        yield GaugeMetricFamily("webchat_rooms_live", "Rooms that somebody is connected to.", m.rooms)
        yield GaugeMetricFamily("webchat_queue_bytes", "Bytes that wait for readers to take them.", m.unsent)
        yield CounterMetricFamily("webchat_posts", "Messages stored.", m.posts)
        yield CounterMetricFamily("webchat_frames", "Frames written to readers to tell them of changes.", m.frames)
        yield CounterMetricFamily("webchat_slow_readers_cut", "Readers cut because they took nothing.", m.slow)
        yield _labelled("webchat_resumes", "Readers brought up to date, by how.", "kind", m.resumes.items())
        codes = [(str(code or "other"), count) for code, count in m.closes.items()]
        yield _labelled("webchat_closes", "Ended WebSocket connections, by close code.", "code", codes)
        reasons = [(reason, m.refusals[status]) for status, reason in REASONS.items()]
        yield _labelled("webchat_refusals", "Requests and commands refused, by reason.", "reason", reasons)
        yield _histogram("webchat_messages_per_frame", "Changes told together.", m.told)
        yield _histogram(
            "webchat_publish_to_write_seconds", "From a change's publication until all were written to.", m.waited
        )
        yield _histogram("webchat_commit_writes", "Writes committed together.", m.writes)
        yield _histogram("webchat_commit_seconds", "Time until a commit was on disk.", m.synced)
        yield _labelled("webchat_judged", "Texts that judges were to see, by verdict.", "verdict", m.judged.items())
        yield _histogram("webchat_judging_seconds", "Time that judges took.", m.judging)


class Exposition:
    """Who may read an application's numbers, and the numbers as text. Each application has a registry of its own."""

    def __init__(self, metrics: Metrics, settings: Settings) -> None:
        self._readers = [ipaddress.ip_network(name, strict=False) for name in settings.metrics_from]
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Counts(metrics))
        ProcessCollector(registry=self._registry)

    def may_read(self, request: Request) -> bool:
        """Whether a request comes from this machine, not through a proxy, or from where the settings say. A proxy that
        is not trusted hides who asks."""
        if is_local(request.scope):
            return True
        told = request.client is not None and request.client.port == 0  # by a trusted proxy, which knows no port
        if not told and any(name in request.headers for name in FORWARDING):
            return False
        try:
            address = ipaddress.ip_address(peer(request))
        except ValueError:
            return False
        return any(address in network for network in self._readers)

    def text(self) -> bytes:
        """The numbers in Prometheus' text format."""
        return generate_latest(self._registry)


async def metrics(request: Request) -> Response:
    """The numbers. For anybody else there is no such page."""
    exposition = request.app.state.exposition
    assert isinstance(exposition, Exposition), "the application is started before its doors are"
    if not exposition.may_read(request):
        raise HTTPException(404)
    return Response(exposition.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


def _labelled(name: str, what: str, label: str, counts: Iterable[tuple[str, int]]) -> Metric:
    family = CounterMetricFamily(name, what, labels=[label])
    for value, count in counts:
        family.add_metric([value], count)
    return family


def _histogram(name: str, what: str, histogram: Histogram) -> Metric:
    total, buckets = 0, []
    for bound, count in zip((*map(float, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        total += count
        buckets.append((str(bound), total))
    return HistogramMetricFamily(name, what, buckets, histogram.sum)
