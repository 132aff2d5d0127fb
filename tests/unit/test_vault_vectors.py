"""Every value of the sample that the backend's own code produced."""

import json
from pathlib import Path

import pytest

from workers.vault import NoKey, Opened, Vault, read_key

VECTORS = json.loads(Path(__file__).parents[1].joinpath("data/credential_vectors.json").read_text("utf-8"))["vectors"]
NO_KEY = {"v17", "v18", "v19", "v47"}
REASONS = {
    "v20": "undecryptable",  # wrong key
    "v21": "undecryptable",  # tag
    "v23": "undecryptable",  # iv
    "v25": "undecryptable",  # one byte short: the rest is still a whole value
    "v27": "corrupt",  # nothing behind the tag
    "v28": "corrupt",  # empty
    "v29": "plaintext",
    "v33": "corrupt",  # authentic, not JSON
    "v34": "corrupt",  # null
    "v35": "corrupt",  # an array
    "v38": "corrupt",  # byte order mark
    "v45": "undecryptable",  # wrong key
    "v48": "corrupt",  # no whole blocks
    "v50": "corrupt",  # short iv
    "v51": "corrupt",  # three parts
}


def cases(*, ids):
    return [pytest.param(vector, id=f"{vector['id']} {vector['desc']}") for vector in VECTORS if vector["id"] in ids]


OPENING = {vector["id"] for vector in VECTORS} - NO_KEY - set(REASONS)


def test_the_sample_is_whole_and_each_vector_is_in_one_group():
    assert len(VECTORS) == 33
    assert {v["id"] for v in VECTORS if v["expect"] == "config-error"} <= NO_KEY
    assert {v["id"] for v in VECTORS if v["expect"] == "fail"} <= NO_KEY | set(REASONS)
    assert {v["id"] for v in VECTORS if v["expect"] == "ok"} == OPENING | {"v34", "v35"}


@pytest.mark.parametrize("vector", cases(ids=OPENING))
def test_what_the_backend_sealed_opens_to_the_same_object(vector):
    opened = Vault(read_key(None, vector["env"])).open(vector["ciphertext"])
    assert isinstance(opened, Opened)
    assert opened._values == json.loads(vector["plaintext_json"])


@pytest.mark.parametrize("vector", cases(ids=REASONS))
def test_what_does_not_open_is_told_apart(vector):
    verdict = Vault(read_key(None, vector["env"])).open(vector["ciphertext"])
    assert verdict.reason == REASONS[vector["id"]]


@pytest.mark.parametrize("vector", cases(ids=NO_KEY))
def test_without_a_usable_key_there_is_no_vault(vector):
    with pytest.raises(NoKey):
        read_key(None, vector["env"])
