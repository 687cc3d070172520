"""Rounds of drand and pulses of NIST are checked by their signatures, on published ones."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from antipoverty.errors import InvalidDocumentError, InvalidDrawError
from antipoverty.sampling import DrandRound, NistPulse, drand_result, nist_result

pytestmark = pytest.mark.skipif(
    # Importing py_ecc would lift the limit of recursion.
    any(importlib.util.find_spec(name) is None for name in ("py_ecc", "cryptography")),
    reason="checking beacons needs the extra 'beacon'",
)
GOLDEN = Path(__file__).parent / "golden"

QUICKNET = DrandRound("quicknet", 657413)
SIGNATURE = (
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be"
    "41076862b98fad56e91a6b85b89cd97b"
)
"""Published in the README of python-drand-verify, with its randomness."""


@pytest.mark.slow
def test_a_published_round_of_quicknet() -> None:
    """Its signature fits, its randomness is the published one, in the form a notice takes."""
    found = drand_result(QUICKNET, signature=SIGNATURE)
    assert found == "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"
    assert QUICKNET.fits(found)
    assert QUICKNET.on == date(2023, 9, 15)


def test_checking_leaves_the_limit_of_recursion_as_it_was() -> None:
    """The library that checks lifts it, and a nested document would then end the process."""
    limit = sys.getrecursionlimit()
    drand_result(QUICKNET, signature=SIGNATURE)
    assert sys.getrecursionlimit() == limit < 10_000


def test_the_signature_of_another_round_is_refused() -> None:
    """And what is no signature at all."""
    with pytest.raises(InvalidDrawError, match="not that of drand quicknet 657414"):
        drand_result(DrandRound("quicknet", 657414), signature=SIGNATURE)
    for wrong in ("", SIGNATURE[:-2], SIGNATURE.upper(), "c0" + "00" * 47):
        with pytest.raises(InvalidDrawError):
            drand_result(QUICKNET, signature=wrong)


@pytest.mark.slow
def test_a_published_round_of_the_chain_with_predecessors() -> None:
    """Round 72785, as noislabs/drand-verify has it in its tests."""
    found = drand_result(
        DrandRound("default", 72785),
        signature="82f5d3d2de4db19d40a6980e8aa37842a0e55d1df06bd68bddc8d60002e8e959eb9cfa368b3c1b77"
        "d18f02a54fe047b80f0989315f83b12a74fd8679c4f12aae86eaf6ab5690b34f1fddd50ee3cc6f6cdf59e9552"
        "6d5a5d82aaa84fa6f181e42",
        previous="a609e19a03c2fcc559e8dae14900aaefe517cb55c840f6e69bc8e4f66c8d18e8a609685d9917efbfb"
        "0c37f058c2de88f13d297c7e19e0ab24813079efe57a182554ff054c7638153f9b26a60e7111f71a0ff63d957"
        "1704905d3ca6df0b031747",
    )
    assert len(found) == 64


# --- NIST ------------------------------------------------------------------------------

PULSE = NistPulse(date(2018, 8, 31), 1, 54610)
"""17:44 of 30 August 2018 in Greenwich: the next day in China."""
TEXT = (GOLDEN / "nist-pulse-1-54610.json").read_text(encoding="utf-8")
CERTIFICATE = (GOLDEN / "nist-beacon-2018.pem").read_text(encoding="utf-8")
"""The certificate that the beacon signed with in 2018; its SHA-512 stands in the pulse."""


def test_a_published_pulse_of_nist() -> None:
    """Signature, certificate and output value fit; the result has the form of a notice."""
    found = nist_result(PULSE, pulse=TEXT, certificate=CERTIFICATE)
    assert found == json.loads(TEXT)["pulse"]["outputValue"]
    assert found.startswith("274E031530B2C773")
    assert PULSE.fits(found)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all plain values of a pulse."""
    if isinstance(value, dict):
        return [place for key in value for place in places(value[key], (*at, key))]
    if isinstance(value, list):
        return [place for key, one in enumerate(value) for place in places(one, (*at, key))]
    return [at]


UNSIGNED = {("listValues", number, name) for number in range(5) for name in ("uri", "type")}
"""The beacon signs the values of earlier pulses, not where they can be found."""


@pytest.mark.parametrize(
    "place", sorted({*places(json.loads(TEXT)["pulse"])} - UNSIGNED, key=str), ids=str
)
def test_a_pulse_with_one_field_changed_is_refused(place: tuple[Any, ...]) -> None:
    """Whatever is signed; a digit of a hash, a number, a letter of the time."""
    document = json.loads(TEXT)
    inner = document["pulse"]
    for key in place[:-1]:
        inner = inner[key]
    value = inner[place[-1]]
    first = "1" if str(value)[0] != "1" else "2"
    inner[place[-1]] = value + 1 if isinstance(value, int) else first + value[1:]
    with pytest.raises(InvalidDrawError):
        nist_result(PULSE, pulse=json.dumps(document), certificate=CERTIFICATE)


def test_another_pulse_another_day_or_no_pulse_at_all() -> None:
    """And what is no certificate, or not the one that the pulse names."""
    for other in (
        NistPulse(date(2018, 8, 30), 1, 54610),
        NistPulse(date(2018, 8, 31), 2, 54610),
        NistPulse(date(2018, 8, 31), 1, 54611),
    ):
        with pytest.raises(InvalidDrawError, match="the pulse is not"):
            nist_result(other, pulse=TEXT, certificate=CERTIFICATE)
    for text in ("{}", '{"pulse": {}}', '{"pulse": 3}', TEXT.replace("60000", '"60000"')):
        with pytest.raises(InvalidDrawError, match="lacks a field"):
            nist_result(PULSE, pulse=text, certificate=CERTIFICATE)
    with pytest.raises(InvalidDocumentError):
        nist_result(PULSE, pulse="[", certificate=CERTIFICATE)
    with pytest.raises(InvalidDrawError, match="the certificate is none"):
        nist_result(PULSE, pulse=TEXT, certificate="x")


@pytest.mark.parametrize("expired", [False, True])
def test_a_pulse_that_somebody_signed_himself(*, expired: bool) -> None:
    """With a certificate of his own the pulse names another; out of its time it is refused.

    So what has to be known beforehand is the certificate, and nothing else.
    """
    import hashlib
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    from antipoverty._sampling.beacons import _signed  # what is signed has no public name

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "engine.beacon.nist.gov")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2018, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2018, 6 if expired else 12, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    own = made.public_bytes(serialization.Encoding.PEM).decode()
    fields = json.loads(TEXT)["pulse"]
    with pytest.raises(InvalidDrawError, match="not the one that the pulse names"):
        nist_result(PULSE, pulse=TEXT, certificate=own)
    fields["certificateId"] = hashlib.sha512(
        made.public_bytes(serialization.Encoding.DER)
    ).hexdigest()
    signature = key.sign(_signed(fields), padding.PKCS1v15(), hashes.SHA512())
    fields["signatureValue"] = signature.hex().upper()
    output = hashlib.sha512(_signed(fields) + signature).hexdigest().upper()
    fields["outputValue"] = output
    text = json.dumps({"pulse": fields})
    if expired:
        with pytest.raises(InvalidDrawError, match="was not valid"):
            nist_result(PULSE, pulse=text, certificate=own)
    else:
        assert nist_result(PULSE, pulse=text, certificate=own) == output
    with pytest.raises(InvalidDrawError, match="not the one that the pulse names"):
        nist_result(PULSE, pulse=text, certificate=CERTIFICATE)
