"""A client that knows nothing but the proto files, run against a live server: black_box.py HOST:PORT.

Every id is made for this run, so it can run against the same server again and again.
"""

import math
import sys
import time
import uuid

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

from rapport.v1 import error_pb2, event_pb2, event_service_pb2, event_service_pb2_grpc
from rapport.v1 import score_pb2, score_service_pb2, score_service_pb2_grpc

SERVICES = ["rapport.v1.EventService", "rapport.v1.PartyService", "rapport.v1.ScoreService"]
HOUR = 3600
DAY = 24 * HOUR

RUN = uuid.uuid4().hex
CUSTOMER = f"Customer {RUN} Ærø A/S"  # ids are any UTF-8
SUPPLIERS = [f"supplier-{RUN}-{name}" for name in ("good", "slow", "refusing", "silent")]
GOOD, SLOW, REFUSING, SILENT = SUPPLIERS
START = int(time.time()) - 40 * DAY


class Client:
    """The stubs of everything that the server serves; a call that hangs is a failure."""

    def __init__(self, address):
        # The proxy that a machine may be set up with is not for a server on the same machine.
        self.channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        grpc.channel_ready_future(self.channel).result(timeout=10)
        self.health = health_pb2_grpc.HealthStub(self.channel)
        self.events = event_service_pb2_grpc.EventServiceStub(self.channel)
        self.scores = score_service_pb2_grpc.ScoreServiceStub(self.channel)

    def record(self, events):
        response = self.events.RecordEvents(event_service_pb2.RecordEventsRequest(events=events), timeout=30)
        assert len(response.results) == len(events), "one result for each event"
        assert response.revision, "a write returns its revision"
        return response

    def get_score(self, **request):
        return self.scores.GetScore(score_service_pb2.GetScoreRequest(**request), timeout=30).score

    def list_scores(self, **request):
        return self.scores.ListScores(score_service_pb2.ListScoresRequest(**request), timeout=30)

    def list_events(self, **request):
        return self.events.ListEvents(event_service_pb2.ListEventsRequest(**request), timeout=30)


# --- What is sent ---------------------------------------------------------------------------------


def at(seconds):
    """The moment so many seconds after the start of this run's history, with microseconds."""
    return Timestamp(seconds=START + seconds, nanos=123_456_000)


def event(event_id, supplier, interaction, seconds, **payload):
    return event_pb2.Event(
        event_id=event_id,
        source="black-box",
        customer=CUSTOMER,
        supplier=supplier,
        interaction_id=interaction,
        occurred_at=at(seconds),
        **payload,
    )


def quote(event_id, supplier, interaction, seconds):
    requested = event_pb2.Requested(
        kind=event_pb2.REQUEST_KIND_QUOTE,
        respond_by=at(seconds + DAY),
        value=event_pb2.Money(currency_code="DKK", amount_minor=1_250_000),
        completeness=0.9,
        channel="mail",
        summary="Forty chairs, grøn",
    )
    return event(event_id, supplier, interaction, seconds, requested=requested)


def answer(event_id, supplier, interaction, seconds, disposition=event_pb2.DISPOSITION_ANSWERED):
    return event(event_id, supplier, interaction, seconds, responded=event_pb2.Responded(disposition=disposition))


def good_history():
    """A quote answered within an hour, and an order accepted within an hour and delivered in two halves."""
    order = event_pb2.Requested(
        kind=event_pb2.REQUEST_KIND_ORDER, respond_by=at(3 * DAY), needed_by=at(10 * DAY)
    )
    half = event_pb2.Delivered(fraction_in_full=0.5)
    return [
        quote("1", GOOD, "quote", 0),
        answer("2", GOOD, "quote", HOUR),
        event("3", GOOD, "order", 2 * DAY, requested=order),
        answer("4", GOOD, "order", 2 * DAY + HOUR, event_pb2.DISPOSITION_ACCEPTED),
        event("5", GOOD, "order", 7 * DAY, delivered=half),
        event("6", GOOD, "order", 9 * DAY, delivered=half),
    ]


def other_histories():
    """Suppliers that answer late, say no, and say nothing."""
    refused = event_pb2.Refused(reason=event_pb2.REFUSAL_REASON_NOT_NEEDED)
    return [
        quote("1", SLOW, "quote", 0),
        answer("2", SLOW, "quote", 2 * DAY),
        quote("1", REFUSING, "quote", 0),
        event("2", REFUSING, "quote", HOUR, refused=refused),
        quote("1", SILENT, "quote", 0),
    ]


# --- What is asked of every answer ----------------------------------------------------------------


def statuses(response):
    return [event_service_pb2.RecordStatus.Name(result.status) for result in response.results]


def paths(violations):
    """The fields that the violations name; each must also say what is wrong."""
    assert all(violation.description for violation in violations), violations
    return {violation.field for violation in violations}


def fails(code, reason, fields, call, request):
    """The call fails with this code, an ErrorInfo with this reason, and violations of exactly these fields."""
    try:
        answered = call(request, timeout=30)
    except grpc.RpcError as raised:
        error = raised
    else:
        raise AssertionError(f"{reason} expected, not {answered}")
    assert error.code() == code, error
    assert error.details(), "an error says what is wrong in a sentence"
    status = rpc_status.from_call(error)
    assert status is not None, f"grpc-status-details-bin is missing: {error}"
    infos = unpacked(status, error_details_pb2.ErrorInfo)
    assert [(info.reason, info.domain) for info in infos] == [(reason, "rapport.v1")], status
    violations = [
        violation
        for bad_request in unpacked(status, error_details_pb2.BadRequest)
        for violation in bad_request.field_violations
    ]
    if fields is not None:
        assert paths(violations) == set(fields), status


def unpacked(status, kind):
    """The details of this kind."""
    messages = []
    for detail in status.details:
        message = kind()
        if detail.Unpack(message):
            messages.append(message)
    return messages


def invalid(reason, fields, call, request):
    fails(grpc.StatusCode.INVALID_ARGUMENT, reason, fields, call, request)


def assert_measure(measure, full):
    assert 0 <= measure.low <= measure.value <= measure.high <= 100, measure
    assert math.isfinite(measure.evidence) and measure.evidence >= 0, measure
    assert bool(measure.channels) == full, "channels come with the view FULL and only there"
    for channel in measure.channels:
        assert channel.name, channel
        assert 0 <= channel.low <= channel.value <= channel.high <= 1, channel
        assert 0 <= channel.prior <= 1 and channel.evidence >= 0 and channel.observations >= 0, channel
    if full:
        assert math.isclose(sum(channel.weight for channel in measure.channels), 1, abs_tol=1e-6), measure


def assert_score(score, supplier, full):
    assert (score.customer, score.supplier) == (CUSTOMER, supplier), score
    assert_measure(score.responsiveness, full)
    assert_measure(score.partnership, full)
    assert score.standing != score_pb2.STANDING_UNSPECIFIED, score
    assert score.HasField("kpis") == full, "the KPIs come with the view FULL and only there"
    assert score.HasField("as_of") and score.revision and score.model_version, score


# --- The checks, in the order in which they run ---------------------------------------------------


def check_health(client):
    for service in ["", *SERVICES]:
        answered = client.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=30)
        assert answered.status == health_pb2.HealthCheckResponse.SERVING, (service, answered)


def check_reflection(client):
    database = ProtoReflectionDescriptorDatabase(client.channel)
    services = database.get_services()
    for service in [*SERVICES, "grpc.health.v1.Health"]:
        assert service in services, services
    pool = DescriptorPool(database)
    methods = {method.name for method in pool.FindServiceByName("rapport.v1.EventService").methods}
    assert {"RecordEvents", "StreamEvents", "ListEvents"} <= methods, methods
    assert "event_id" in pool.FindMessageTypeByName("rapport.v1.Event").fields_by_name


def check_recording(client):
    """What is sent once is recorded, what is sent again is a duplicate, and the write can be read at once."""
    good = good_history()
    response = client.record(good)
    assert statuses(response) == ["RECORD_STATUS_RECORDED"] * len(good), response
    assert not any(result.waits_for for result in response.results), response
    assert statuses(client.record(good)) == ["RECORD_STATUS_DUPLICATE"] * len(good)
    score = client.get_score(customer=CUSTOMER, supplier=GOOD, at_least_as_fresh=response.revision)
    assert score.responsiveness.evidence > 0, score


def check_rejections(client):
    """A faulty event is rejected with every fault it has; its neighbours are recorded."""
    reused = quote("1", GOOD, "quote", 0)
    reused.requested.summary = "Forty-one chairs"
    faulty = event_pb2.Event(customer=CUSTOMER, supplier=GOOD, source=" black-box")
    faulty.requested.completeness = 1.5
    faulty.requested.value.currency_code = "kroner"
    faulty.requested.value.amount_minor = -1
    not_a_number = quote("nan", GOOD, "nan", 0)
    not_a_number.requested.completeness = math.nan

    others = other_histories()
    response = client.record([*others[:2], reused, faulty, not_a_number, *others[2:]])
    recorded = ["RECORD_STATUS_RECORDED"]
    rejected = ["RECORD_STATUS_REJECTED"]
    assert statuses(response) == recorded * 2 + rejected * 3 + recorded * (len(others) - 2), response

    reused, faulty, not_a_number = response.results[2:5]
    assert reused.reason == error_pb2.ERROR_REASON_EVENT_ID_REUSED and reused.message, reused
    assert faulty.reason == error_pb2.ERROR_REASON_INVALID_FIELD and faulty.message, faulty
    assert paths(faulty.violations) == {
        "event_id",
        "source",
        "interaction_id",
        "occurred_at",
        "requested.kind",
        "requested.completeness",
        "requested.value.currency_code",
        "requested.value.amount_minor",
    }, faulty
    assert not_a_number.reason == error_pb2.ERROR_REASON_INVALID_FIELD, not_a_number
    assert paths(not_a_number.violations) == {"requested.completeness"}, not_a_number


def check_stream(client):
    """A stream answers for every event, in the order in which they were sent, however they were put into requests."""
    known = good_history()
    faulty = event_pb2.Event(customer=CUSTOMER)
    pieces = [known[:1], [], [faulty, *known[1:3]], known[3:]]
    requests = (event_service_pb2.StreamEventsRequest(events=piece) for piece in pieces)
    responses = list(client.events.StreamEvents(requests, timeout=30))
    assert all(response.revision for response in responses), responses
    results = [result for response in responses for result in response.results]
    expected = [event_service_pb2.RECORD_STATUS_DUPLICATE] * (len(known) + 1)
    expected[1] = event_service_pb2.RECORD_STATUS_REJECTED
    assert [result.status for result in results] == expected, results


def check_score(client):
    """BASIC (and no view at all) is the scores alone; FULL shows what they are made of."""
    for view in (score_pb2.SCORE_VIEW_UNSPECIFIED, score_pb2.SCORE_VIEW_BASIC):
        basic = client.get_score(customer=CUSTOMER, supplier=GOOD, view=view)
        assert_score(basic, GOOD, full=False)
    moment = basic.as_of
    full = client.get_score(customer=CUSTOMER, supplier=GOOD, view=score_pb2.SCORE_VIEW_FULL, as_of=moment)
    assert_score(full, GOOD, full=True)
    assert full.as_of == moment
    assert full.responsiveness.value == basic.responsiveness.value, "the same moment, the same score"
    assert full.partnership.value == basic.partnership.value, "the same moment, the same score"
    kpis = full.kpis
    assert (kpis.requests, kpis.answered, kpis.on_time) == (2, 2, 2), kpis
    assert (kpis.withdrawn, kpis.open, kpis.overdue, kpis.lapsed) == (0, 0, 0, 0), kpis
    assert not kpis.HasField("oldest_open") and not kpis.refusals, kpis
    assert abs(kpis.median_answer_time.ToTimedelta().total_seconds() - HOUR) <= 0.02 * HOUR, kpis

    kpis = client.get_score(customer=CUSTOMER, supplier=REFUSING, view=score_pb2.SCORE_VIEW_FULL).kpis
    refusals = [(refusal.reason, refusal.count) for refusal in kpis.refusals]
    assert refusals == [(event_pb2.REFUSAL_REASON_NOT_NEEDED, 1)], kpis


def check_unknown_relationship(client):
    """Nothing known is no error: the score stands at the prior."""
    stranger = f"stranger-{RUN}"
    score = client.get_score(customer=CUSTOMER, supplier=stranger, view=score_pb2.SCORE_VIEW_FULL)
    assert_score(score, stranger, full=True)
    assert score.standing == score_pb2.STANDING_UNPROVEN, score
    for measure in (score.responsiveness, score.partnership):
        assert measure.evidence == 0, measure
        assert all(math.isclose(c.value, c.prior, abs_tol=1e-3) and c.observations == 0 for c in measure.channels)
        prior = 100 * sum(c.weight * c.prior for c in measure.channels)
        assert math.isclose(measure.value, prior, abs_tol=0.1), (measure.value, prior)
    assert (score.kpis.requests, score.kpis.answered) == (0, 0), score.kpis


def check_batch(client):
    """One result for each relationship, in order, at one moment; a malformed one stands alone."""
    names = [SLOW, "", GOOD, SILENT]
    request = score_service_pb2.BatchGetScoresRequest(
        relationships=[score_pb2.Relationship(customer=CUSTOMER, supplier=name) for name in names]
    )
    results = client.scores.BatchGetScores(request, timeout=30).results
    assert [result.WhichOneof("result") for result in results] == ["score", "rejection", "score", "score"], results
    rejection = results.pop(1).rejection
    assert rejection.reason == error_pb2.ERROR_REASON_INVALID_FIELD and rejection.message, rejection
    assert paths(rejection.violations) == {"supplier"}, rejection
    for result, name in zip(results, [SLOW, GOOD, SILENT]):
        assert_score(result.score, name, full=False)
        assert result.score.as_of == results[0].score.as_of, "all scores are read at one moment"


def check_ranking(client):
    """The pages of a ranking reach every relationship once, best first, and the last one says so."""
    for lens in (score_pb2.LENS_PARTNERSHIP, score_pb2.LENS_RESPONSIVENESS):
        scores, token = [], ""
        while not scores or token:
            page = client.list_scores(customer=CUSTOMER, order_by=lens, page_size=1, page_token=token)
            assert len(page.scores) == 1 and page.total_size == len(SUPPLIERS) and page.revision, page
            scores += page.scores
            token = page.next_page_token
            assert len(scores) <= len(SUPPLIERS), "the pages come to an end"
        assert sorted(score.supplier for score in scores) == sorted(SUPPLIERS), scores
        for score in scores:
            assert_score(score, score.supplier, full=False)
            assert score.as_of == scores[0].as_of, "the pages keep the moment of the first"
        partnership = lens == score_pb2.LENS_PARTNERSHIP
        values = [(score.partnership if partnership else score.responsiveness).value for score in scores]
        assert values == sorted(values, reverse=True), values


def check_events(client):
    """The pages of an audit show every event once, as it was sent, in the order in which they occurred."""
    listed, token = [], ""
    while not listed or token:
        page = client.list_events(customer=CUSTOMER, supplier=GOOD, page_size=4, page_token=token)
        assert 1 <= len(page.events) <= 4 and page.revision, page
        listed += page.events
        token = page.next_page_token
        assert len(listed) <= len(good_history()), "the pages come to an end"
    assert [recorded.event for recorded in listed] == good_history(), listed
    for recorded in listed:
        assert recorded.state == event_service_pb2.EVENT_STATE_COUNTED, recorded
        assert recorded.HasField("recorded_at") and recorded.revision, recorded
    order = client.list_events(customer=CUSTOMER, supplier=GOOD, interaction_id="order")
    assert [recorded.event.event_id for recorded in order.events] == ["3", "4", "5", "6"], order
    assert order.next_page_token == "", order


def check_bad_requests(client):
    get, rank, audit = client.scores.GetScore, client.scores.ListScores, client.events.ListEvents
    get_request, rank_request = score_service_pb2.GetScoreRequest, score_service_pb2.ListScoresRequest
    audit_request = event_service_pb2.ListEventsRequest

    invalid("INVALID_FIELD", ["customer", "supplier"], get, get_request())
    invalid("INVALID_FIELD", ["page_size"], rank, rank_request(page_size=-1))
    invalid("INVALID_FIELD", ["page_size"], audit, audit_request(page_size=-1))

    # These faults are no fields that a caller fills in by hand; the reason says it all.
    invalid("INVALID_PAGE_TOKEN", None, rank, rank_request(customer=CUSTOMER, page_token="garbage"))
    invalid("INVALID_PAGE_TOKEN", None, audit, audit_request(customer=CUSTOMER, page_token="garbage"))
    token = client.list_scores(customer=CUSTOMER, page_size=1).next_page_token
    invalid("INVALID_PAGE_TOKEN", None, rank, rank_request(supplier=GOOD, page_size=1, page_token=token))
    garbled = get_request(customer=CUSTOMER, supplier=GOOD, at_least_as_fresh="garbage")
    invalid("INVALID_REVISION", None, get, garbled)


def check_large_batches(client):
    """A batch over the limit is refused whole: nothing of it is recorded."""
    crowd = f"crowd-{RUN}"
    events = [quote(str(number), crowd, str(number), number) for number in range(1001)]
    request = event_service_pb2.RecordEventsRequest(events=events)
    invalid("BATCH_TOO_LARGE", None, client.events.RecordEvents, request)
    assert not client.list_events(customer=CUSTOMER, supplier=crowd).events

    relationships = [score_pb2.Relationship(customer=CUSTOMER, supplier=GOOD)] * 1001
    request = score_service_pb2.BatchGetScoresRequest(relationships=relationships)
    invalid("BATCH_TOO_LARGE", None, client.scores.BatchGetScores, request)


CHECKS = [
    check_health,
    check_reflection,
    check_recording,
    check_rejections,
    check_stream,
    check_score,
    check_unknown_relationship,
    check_batch,
    check_ranking,
    check_events,
    check_bad_requests,
    check_large_batches,
]

if __name__ == "__main__":
    the_client = Client(sys.argv[1])
    for check in CHECKS:
        check(the_client)
        print(f"{check.__name__}: ok", flush=True)
