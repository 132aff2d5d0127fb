"""What a provider finds in an opened credential."""

import json
import pickle
from copy import deepcopy

import pytest

from workers.provider import Field, Provider
from workers.secret import Secret
from workers.vault import Opened, Reading, javascript

FIELDS = (
    Field("apiKey", ("API_KEY", "key")),
    Field("token", ("authToken", "accessToken"), required=False),
    Field("region", required=False, max_chars=10),
)
PROVIDER = Provider("shop", FIELDS)


def read(text):
    return Opened(javascript.parse(text)).read(FIELDS)


def found(text):
    reading = read(text)
    assert isinstance(reading, Reading)
    return {name: secret.reveal() for name, secret in reading.fields.items()}


def test_fields_come_under_their_canonical_names():
    assert found('{"key":"k","accessToken":"t","other":"x"}') == {"apiKey": "k", "token": "t"}


def test_the_name_beats_its_aliases_and_an_alias_the_next():
    assert found('{"key":"3","API_KEY":"2","apiKey":"1"}') == {"apiKey": "1"}
    assert found('{"key":"3","API_KEY":"2"}') == {"apiKey": "2"}


@pytest.mark.parametrize("unusable", ["null", '""', '" \\ufeff\\u00a0\\n"', "{}", '{"a":1}', "[]", '["k"]'])
def test_an_unusable_value_leaves_it_to_the_next_alias(unusable):
    assert found(f'{{"apiKey":{unusable},"key":"k"}}') == {"apiKey": "k"}
    reading = read(f'{{"apiKey":{unusable},"token":{unusable}}}')
    assert (reading.missing, dict(reading.fields)) == (("apiKey",), {})


def test_only_javascripts_white_space_is_nothing():
    assert found('{"apiKey":"\\u0085"}') == {"apiKey": "\x85"}


def test_a_string_stays_as_it_is():
    assert found('{"apiKey":" k\\t"}') == {"apiKey": " k\t"}


@pytest.mark.parametrize(
    ("value", "text"),
    [("587", "587"), ("true", "true"), ("false", "false"), ("0", "0"), ("1e21", "1e+21"), ("0.10", "0.1")],
)
def test_numbers_and_booleans_are_what_javascript_writes(value, text):
    assert found(f'{{"apiKey":{value}}}') == {"apiKey": text}


def test_a_lone_surrogate_can_be_sent():
    assert found('{"apiKey":"k\\ud83d"}')["apiKey"].encode() == "k\ufffd".encode()


def test_a_value_over_its_fields_length_is_corrupt_and_names_the_field_alone():
    assert found('{"apiKey":"k","region":"0123456789"}')["region"] == "0123456789"
    verdict = read('{"apiKey":"k","region":"0123456789X"}')
    assert verdict.reason == "corrupt"
    assert "region" in verdict.message
    assert "0123456789X" not in verdict.message


def test_complete_fields_come_as_secrets():
    fields = Opened({"apiKey": "k"}).fields(PROVIDER)
    assert fields == {"apiKey": Secret("k")}
    with pytest.raises(TypeError):
        fields["apiKey"] = Secret("x")


def test_missing_fields_are_named_in_the_verdict():
    provider = Provider("many", tuple(Field(f"field{number}") for number in range(3)))
    verdict = Opened({"field1": "x"}).fields(provider)
    assert verdict.reason == "missing_fields"
    assert "field0, field2" in verdict.message
    assert Opened({"other": "x"}).fields(PROVIDER).message.startswith("required fields are missing: apiKey;")


def test_many_missing_fields_still_fit_a_message():
    provider = Provider("many", tuple(Field(f"fieldWithAName{number:02d}") for number in range(40)))
    assert "fieldWithAName00, fieldWithAName01" in Opened({}).fields(provider).message
    assert " and more;" in Opened({}).fields(provider).message


def test_the_last_of_duplicate_keys_is_read():
    assert found('{"apiKey":"old","apiKey":"new"}') == {"apiKey": "new"}


def test_an_opened_credential_shows_nothing_of_itself():
    opened = Opened({"apiKey": "sk-secret"})
    for shown in (repr(opened), str(opened), f"{opened}", f"{opened!r:>10}", repr([opened]), repr(opened.read(FIELDS))):
        assert "secret" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(opened)
    with pytest.raises(TypeError):
        deepcopy(opened)
    with pytest.raises(TypeError):
        json.dumps(opened)
