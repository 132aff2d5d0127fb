"""`python -m workers seal` from within: what it takes, what it refuses, what it never says."""

import io
import json
import sys

import pytest

from tests.helpers.sealing import ENVIRON, KEY, values_in
from workers import providers, seal
from workers.vault import javascript

SECRET = "sk-Kept/Secret-0123456789"
EBAY = {"appId": SECRET, "devId": "d", "certId": "c"}


@pytest.fixture
def run(monkeypatch, capsys):
    """Seal `data` from a pipe: exit code, stdout, stderr. Whatever happens, no secret is in either."""

    def run(data, *arguments, environ=ENVIRON):
        text = data if isinstance(data, bytes) else data.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        try:
            code = seal.main(list(arguments) or ["--api", "openai"], environ)
        except SystemExit as end:
            code = end.code
        told = capsys.readouterr()
        for kept in (SECRET, "Kept/Secret", KEY):
            assert kept not in told.out + told.err
        return code, told.out, told.err

    return run


def refused(told, code=2):
    assert told[0] == code
    assert told[1] == ""
    assert told[2].count("\n") == 1
    return told[2]


@pytest.mark.parametrize("layout", ["gcm", "cbc"])
def test_only_the_ciphertext_is_printed(run, layout):
    code, out, err = run(json.dumps(EBAY), "--api", "ebay", "--format", layout)
    assert (code, err, out.count("\n"), out[-1]) == (0, "", 1, "\n")
    assert (":" in out) == (layout == "cbc")
    assert values_in(out.strip()) == EBAY


def test_gcm_is_the_default(run):
    assert ":" not in run(f'{{"apiKey":"{SECRET}"}}')[1]


def test_an_alias_of_the_api_and_of_a_field_will_do(run):
    code, out, _ = run(f'{{"OPENAI_API_KEY":"{SECRET}","apiKey":"{SECRET}"}}', "--api", "open-ai")
    assert code == 0
    assert values_in(out.strip())["OPENAI_API_KEY"] == SECRET


def test_the_text_is_sealed_as_it_came(run):
    _, out, _ = run(f'\ufeff \n{{"apiKey":"{SECRET}","n":12345678901234567890,"f":1.50,"u":"\\u00f1ñ"}}\n')
    assert values_in(out.strip(), text=True) == (
        f'{{"apiKey":"{SECRET}","n":12345678901234567890,"f":1.50,"u":"\\u00f1ñ"}}'
    )


def test_the_key_may_come_from_a_file(run, tmp_path):
    path = tmp_path / "key"
    path.write_text(KEY, "utf-8")
    code, out, _ = run(f'{{"apiKey":"{SECRET}"}}', "--api", "openai", "--key-file", str(path), environ={})
    assert code == 0
    assert values_in(out.strip()) == {"apiKey": SECRET}


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("", "no JSON"),
        (SECRET, "no JSON (line 1, column 1)"),
        (f'{{"apiKey":"{SECRET}",}}', "no JSON (line 1, column"),
        (f'{{"apiKey":"{SECRET}"}} {SECRET}', "no JSON (line 1, column"),
        (f'{{"apiKey":NaN,"x":"{SECRET}"}}', "no JSON"),
        ('{"apiKey":' * 500, "no JSON"),
        (f'["{SECRET}"]', "no object"),
        (f'"{SECRET}"', "no object"),
        ("null", "no object"),
        (f'{{"{SECRET}":"{SECRET}"}}', "apiKey"),
        ("{}", "none of the fields of openai is there (apiKey"),
        (b'{"apiKey":"\xff%s"}' % SECRET.encode(), "not UTF-8"),
        (f'{{"apiKey":"{SECRET}"}}'.encode("utf-16"), "not UTF-8"),
        (f'{{"apiKey":"{SECRET * 9999}"}}', "apiKey is longer than"),
        (" " * (seal.MAX_STDIN_BYTES + 1), "more than 1048576 bytes"),
    ],
)
def test_wrong_input_is_one_line_that_quotes_nothing(run, data, hint):
    assert hint in refused(run(data))


def test_each_missing_field_is_named(run):
    assert "devId, certId" in refused(run(f'{{"appId":"{SECRET}"}}', "--api", "ebay"))


@pytest.mark.parametrize("layout", ["gcm", "cbc"])
def test_what_no_worker_would_take_is_not_sealed(run, layout):
    data = json.dumps({"apiKey": SECRET, "blob": "x" * (seal.MAX_STDIN_BYTES - 100)})
    assert "too large once sealed" in refused(run(data, "--api", "openai", "--format", layout))


@pytest.mark.parametrize("environ", [{}, {"ENCRYPTION_KEY": "Kept/Secret"}, {"JWT_SECRET": "Kept/Secret"}])
def test_without_a_key_nothing_is_read(run, environ):
    text = refused(run(SECRET, environ=environ), 78)
    assert "ENCRYPTION_KEY" in text


def test_an_unknown_api_is_refused_with_the_known_ones(run):
    assert "ebay" in refused(run("{}", "--api", f"{SECRET}\x1b[31m"))


@pytest.mark.parametrize(
    "arguments",
    [
        [SECRET],
        ["--api"],
        ["--api", "ebay", SECRET],
        ["--api", "ebay", "--format", SECRET],
        ["--token", SECRET],
        ["--ap", "ebay"],
    ],
)
def test_wrong_arguments_are_refused_without_a_word_of_them(run, arguments):
    code, out, err = run("{}", *arguments)
    assert (code, out) == (2, "")
    assert "usage: python -m workers seal" in err


@pytest.fixture
def typed(monkeypatch):
    """A terminal where each question is answered from `answers`; the questions asked."""
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda _: True})())
    asked = []

    def set_answers(*answers):
        pending = iter(answers)

        def ask(prompt):
            asked.append(prompt)
            answer = next(pending, EOFError())
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr("getpass.getpass", ask)
        return asked

    return set_answers


def test_each_field_is_asked_for_and_an_empty_optional_one_left_out(typed, capsys):
    fields = providers.find("ebay").fields
    answers = {"appId": SECRET, "devId": 'd\\"é', "certId": "c", "sandbox": "false"}
    asked = typed(*(answers.get(field.name, "") for field in fields))
    assert seal.main(["--api", "ebay"], ENVIRON) == 0
    assert [field.name in prompt for field, prompt in zip(fields, asked, strict=True)] == [True] * len(fields)
    assert ["optional" in prompt for prompt in asked] == [not field.required for field in fields]
    assert values_in(capsys.readouterr().out.strip()) == {**answers, "sandbox": False}


@pytest.mark.parametrize(
    ("answers", "code", "hint"),
    [
        (["x", ""], 2, "devId is required"),
        ([], 2, "ended"),
        ([UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "bad")], 2, "encoding"),
        ([KeyboardInterrupt()], 130, "interrupted"),
    ],
)
def test_an_unfinished_conversation_seals_nothing(typed, capsys, answers, code, hint):
    typed(*answers)
    assert seal.main(["--api", "ebay"], ENVIRON) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert hint in told.err
    assert SECRET not in told.err


@pytest.mark.parametrize("provider", providers.ALL, ids=lambda provider: provider.name)
def test_the_fields_of_every_known_api_can_be_sealed(run, provider):
    values = {field.name: "7" for field in provider.fields}
    code, out, err = run(json.dumps(values), "--api", provider.name)
    assert (code, err) == (0, "")
    assert values_in(out.strip()) == values
    assert not isinstance(javascript.parse(json.dumps(values)), javascript.NotJson)
