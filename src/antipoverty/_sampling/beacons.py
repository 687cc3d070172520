"""Beacons are checked offline: a signature proves the result, whoever hands it over.

The randomness of a round of drand is the SHA-256 of a BLS signature over the round's
number, made by a threshold of independent parties. Nobody can make another that fits the
public key. A pulse of NIST carries an RSA signature over all its fields; its result is the
SHA-512 of those and the signature. It is worth what the certificate is worth.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from antipoverty._base.documents import read_json
from antipoverty._sampling.events import BEIJING, DrandRound, NistPulse
from antipoverty.errors import InvalidDrawError, MissingExtraError

QUICKNET_KEY = (
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510"
    "d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
DEFAULT_KEY = (
    "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5c"
    "ce96366b5d7a569937c529eeda66c7293784a9402801af31"
)
_ON_G1 = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_ON_G2 = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"


def drand_result(event: DrandRound, *, signature: str, previous: str = "") -> str:
    """Check the signature of a round of drand, and give the result as a notice takes it.

    Takes some seconds: pairings in plain Python.

    Args:
        event: The round.
        signature: Its signature in lower-case hex, as drand's relays give it.
        previous: The signature of the round before; only the chain ``default`` has one.

    Raises:
        InvalidDrawError: The signature is not that of the round.
        MissingExtraError: The extra ``beacon`` is not installed.
    """
    if not all(re.fullmatch(r"([0-9a-f]{2})*", text) for text in (signature, previous)):
        raise InvalidDrawError("a signature of drand is hexadecimal digits in lower case")
    if not (_quicknet if event.chain == "quicknet" else _default)(event, signature, previous):
        raise InvalidDrawError("the signature is not that of {name}", name=event.name)
    return hashlib.sha256(bytes.fromhex(signature)).hexdigest()


def _message(event: DrandRound, previous: str) -> bytes:
    return hashlib.sha256(bytes.fromhex(previous) + event.round.to_bytes(8, "big")).digest()


def _quicknet(event: DrandRound, signature: str, previous: str) -> bool:
    points, curve, hashing = _libraries()
    if len(signature) != 96 or previous:
        return False
    try:
        signed = points.pubkey_to_G1(bytes.fromhex(signature))
    except ValueError:
        return False
    key = points.signature_to_G2(bytes.fromhex(QUICKNET_KEY))
    meant = hashing.hash_to_G1(_message(event, ""), _ON_G1, hashlib.sha256)
    return _sound(points, signed) and bool(
        curve.pairing(curve.G2, signed) == curve.pairing(key, meant)
    )


def _default(event: DrandRound, signature: str, previous: str) -> bool:
    points, curve, hashing = _libraries()
    if len(signature) != 192 or not previous:
        return False
    try:
        signed = points.signature_to_G2(bytes.fromhex(signature))
    except ValueError:
        return False
    key = points.pubkey_to_G1(bytes.fromhex(DEFAULT_KEY))
    meant = hashing.hash_to_G2(_message(event, previous), _ON_G2, hashlib.sha256)
    return _sound(points, signed) and bool(
        curve.pairing(signed, curve.G1) == curve.pairing(meant, key)
    )


def _sound(points: Any, signed: Any) -> bool:
    return not points.is_inf(signed) and bool(points.subgroup_check(signed))


def _libraries() -> tuple[Any, Any, Any]:
    """Load py_ecc, which lifts the limit of recursion; put it back.

    Without the limit a document nested without end ends the process, and not in an error.
    """
    limit = sys.getrecursionlimit()
    try:
        import py_ecc.bls.g2_primitives as points
        import py_ecc.bls.hash_to_curve as hashing
        import py_ecc.optimized_bls12_381 as curve
    except ImportError:
        raise MissingExtraError(
            "checking a round of drand needs py_ecc: install antipoverty[beacon]"
        ) from None
    finally:
        sys.setrecursionlimit(limit)
    return points, curve, hashing


def nist_result(event: NistPulse, *, pulse: str, certificate: str) -> str:
    """Check the signature of a pulse of NIST's beacon, and give the result as a notice takes it.

    Args:
        event: The pulse.
        pulse: The JSON that the beacon gives for it.
        certificate: The certificate that the pulse names, as PEM. Take it from NIST, not
            from whoever hands over the pulse: that it is NIST's is not checked here.

    Raises:
        InvalidDocumentError: The text is no JSON.
        InvalidDrawError: It is another pulse, or of another day; certificate, signature or
            output value do not fit.
        MissingExtraError: The extra ``beacon`` is not installed.
    """
    fields: Any = read_json(pulse, "pulse").get("pulse")
    try:
        signed, signature = _signed(fields), bytes.fromhex(fields["signatureValue"])
        at = datetime.fromisoformat(fields["timeStamp"])
        said = fields["chainIndex"], fields["pulseIndex"], at.astimezone(BEIJING).date()
        result, named = str(fields["outputValue"]), str(fields["certificateId"])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise InvalidDrawError("the pulse lacks a field, or one has another form") from None
    if said != (event.chain, event.pulse, event.on):
        raise InvalidDrawError("the pulse is not {name} of {on}", name=event.name, on=event.on)
    _check_signature(signed, signature, certificate, named, at)
    if hashlib.sha512(signed + signature).hexdigest().upper() != result:
        raise InvalidDrawError("the output value is not that of the pulse")
    return result


def _signed(pulse: Mapping[str, Any]) -> bytes:
    """What is signed: whole numbers of 4 and of 8 bytes, all else behind its length."""

    def line(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    def text(value: str) -> bytes:
        return line(value.encode())

    def digits(value: str) -> bytes:
        return line(bytes.fromhex(value))

    outside = pulse["external"]
    return b"".join(
        (
            text(pulse["uri"]),
            text(pulse["version"]),
            pulse["cipherSuite"].to_bytes(4, "big"),
            pulse["period"].to_bytes(4, "big"),
            digits(pulse["certificateId"]),
            pulse["chainIndex"].to_bytes(8, "big"),
            pulse["pulseIndex"].to_bytes(8, "big"),
            text(pulse["timeStamp"]),
            digits(pulse["localRandomValue"]),
            digits(outside["sourceId"]),
            outside["statusCode"].to_bytes(4, "big"),
            digits(outside["value"]),
            *(digits(one["value"]) for one in pulse["listValues"]),
            digits(pulse["precommitmentValue"]),
            pulse["statusCode"].to_bytes(4, "big"),
        )
    )


def _check_signature(
    signed: bytes, signature: bytes, certificate: str, named: str, at: datetime
) -> None:
    try:
        from cryptography import exceptions, x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
    except ImportError:
        raise MissingExtraError(
            "checking a pulse of NIST needs cryptography: install antipoverty[beacon]"
        ) from None
    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        raise InvalidDrawError("the certificate is none") from None
    held = read.public_bytes(serialization.Encoding.DER)
    if hashlib.sha512(held).hexdigest() != named.lower():
        raise InvalidDrawError("the certificate is not the one that the pulse names")
    if not read.not_valid_before_utc <= at.astimezone(UTC) <= read.not_valid_after_utc:
        raise InvalidDrawError("the certificate was not valid at the time of the pulse")
    key = read.public_key()
    try:
        if not isinstance(key, rsa.RSAPublicKey):
            raise InvalidDrawError("the certificate holds no key of RSA")
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA512())
    except exceptions.InvalidSignature:
        raise InvalidDrawError("the signature is not that of the pulse") from None
