"""A remembered head with another length gives the request that Gunicorn's parser would give."""

import pytest
from gunicorn.config import Config
from gunicorn.http import errors
from gunicorn.http.message import Request
from gunicorn.http.wsgi import Response

from app.server.exchanges import Configuration, Sink
from app.server.heads import MOST, Heads, body_length, parse
from app.server.replies import Reply

FRIEND, STRANGER = ("127.0.0.1", 1), ("192.0.2.1", 1)
HEAD = (
    b"POST /predict?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nX-Forwarded-Proto: https\r\n"
)
HEADS = {
    "usual": HEAD,
    "in small letters": HEAD.replace(b"Content-Length", b"content-length"),
    "after an empty line": b"\r\n" + HEAD,
    "that waits": HEAD + b"Expect: 100-continue\r\n",
    "that hangs up": HEAD + b"Connection: close\r\n",
    "of HTTP/1.0": HEAD.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "without spaces": HEAD.replace(b": %d", b":%d"),
}


@pytest.fixture
def heads():
    return Heads(Configuration(Config()))


def sent(head, length):
    return head % length + b"\r\n" + b"x" * length + b"more"


def described(found):
    request, rest = found
    of_this_one_alone = ("unreader", "body", "cfg")
    told = {name: value for name, value in vars(request).items() if name not in of_this_one_alone}
    return told, body_length(request), request.should_close(), rest


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("peer", [FRIEND, STRANGER], ids=["friend", "stranger"])
def test_known_head_is_read_like_a_new_one(heads, head, peer):
    for number, length in enumerate((7, 1000, 7, 0)):
        found = heads.read(sent(head, length), peer, number)
        found[0].force_close()  # what is done to one request is not done to the next
        right = parse(sent(head, length), Configuration(Config()), peer, number)
        assert right is not None
        right[0].force_close()
        assert described(found) == described(right)


def test_known_head_is_not_parsed_again(heads, monkeypatch):
    heads.read(sent(HEAD, 7), FRIEND, 1)
    monkeypatch.setattr(Request, "__init__", lambda *_: pytest.fail("parsed"))
    assert body_length(heads.read(sent(HEAD, 8), FRIEND, 2)[0]) == 8


def test_nobody_is_trusted_as_another_is(heads):
    schemes = [heads.read(sent(HEAD, 7), peer, 1)[0].scheme for peer in (FRIEND, STRANGER, FRIEND)]
    assert schemes == ["https", "http", "https"]


@pytest.mark.parametrize(
    "line", [b"Content-Length: 7", b"Transfer-Encoding: chunked", b"Bad Name: 1", b"Host: y"]
)
def test_what_is_refused_is_refused_again(heads, line):
    heads.read(sent(HEAD, 7), FRIEND, 1)
    for _ in range(2):
        with pytest.raises(errors.ParseException):
            heads.read(sent(HEAD + line + b"\r\n", 7), FRIEND, 1)


def test_incomplete_head_is_none(heads):
    whole = HEAD % 7 + b"\r\n"
    heads.read(whole, FRIEND, 1)
    assert all(heads.read(whole[:end], FRIEND, 1) is None for end in range(1, len(whole)))


def test_memory_of_heads_has_an_end(heads):
    for number in range(2 * MOST):
        heads.read(sent(HEAD + b"X-Request-ID: %d\r\n" % number, 7), FRIEND, 1)
    assert len(heads._known) <= MOST


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Type", "text/plain"), ("Content-Length", "4"), ("X-A", " padded\t")],
        [("Content-Type", "text/plain")],
        [("Connection", "close"), ("Content-Length", "4"), ("Keep-Alive", "5")],
        [("X A", "b")],
        [("X-A", "b\r\nX-B: c")],
        [("X-A", 1)],
    ],
)
def test_reply_says_what_gunicorns_response_does(heads, headers, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 1_800_000_000.5)
    request, _ = heads.read(sent(HEAD, 7), FRIEND, 1)
    assert _answered(Reply, request, headers) == _answered(Response, request, headers)


def _answered(kind, request, headers):
    sink = Sink()
    response = kind(request, sink, Configuration(Config()))
    try:
        response.start_response("200 OK", headers)
    except Exception as error:  # Gunicorn's own, of several bases
        return type(error)
    response.write(b"done")
    response.close()
    return b"".join(sink.parts), response.should_close()
