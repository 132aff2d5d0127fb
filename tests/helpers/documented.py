"""The documented answers of every probed provider, as (status, body) → reason, and fields that make it ask.

One row an answer; where it is documented stands in the provider's own file.
"""

from dataclasses import dataclass, field
from types import MappingProxyType

from tests.helpers.dialogue import answer
from workers.verdict import Reply
from workers.wire import Reason

FIELDS = MappingProxyType(
    {
        "ebay": {"appId": "ebay-app-id", "devId": "ebay-dev-id", "certId": "ebay-cert-id", "token": "v^1.1#access"},
        "mercadolibre": {"clientId": "meli-client", "clientSecret": "meli-secret", "accessToken": "APP_USR-access"},
        "paypal": {"clientId": "paypal-client", "clientSecret": "paypal-secret", "environment": "live"},
        "stripe": {"publicKey": "pk_live_public", "secretKey": "sk_live_secret"},
        "openai": {"apiKey": "sk-openai-secret", "organization": "org-sample"},
        "groq": {"apiKey": "gsk_groq_secret"},
    }
)
PROBED = tuple(FIELDS)


@dataclass(frozen=True)
class Case:
    api: str
    says: str
    status: int
    body: object
    reason: Reason
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def reply(self) -> Reply:
        return answer(self.status, self.body, self.headers)

    def __str__(self) -> str:
        return f"{self.api}: {self.status} {self.says}"


def _ebay(error_id: int, domain: str, message: str) -> object:
    return {"errors": [{"errorId": error_id, "domain": domain, "category": "REQUEST", "message": message}]}


def _ai(message: str, kind: str, code: str | None) -> object:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _stripe(message: str, **more: str) -> object:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


_SCOPES = "You have insufficient permissions for this operation. Missing scopes: api.model.read. Check …"
_MODELS = {"object": "list", "data": [{"id": "a-model", "object": "model"}]}

CASES = (
    Case("ebay", "registered", 200, {"sellerRegistrationCompleted": True}, Reason.OK),
    Case("ebay", "not registered", 200, {"sellerRegistrationCompleted": False}, Reason.OK),
    Case("ebay", "1001", 401, _ebay(1001, "OAuth", "Invalid access token"), Reason.INVALID_CREDENTIAL),
    Case("ebay", "1100", 403, _ebay(1100, "ACCESS", "Access denied"), Reason.INSUFFICIENT_SCOPE),
    Case("ebay", "2001", 429, _ebay(2001, "ACCESS", "Too many requests."), Reason.RATE_LIMITED),
    Case("ebay", "20500", 500, _ebay(20500, "API_ACCOUNT", "System error."), Reason.PROVIDER_ERROR),
    Case("ebay", "1002", 400, _ebay(1002, "OAuth", "Missing access token"), Reason.UNRECOGNISED),
    Case("ebay", "another 401", 401, _ebay(1004, "OAuth", "Other"), Reason.UNRECOGNISED),
    Case("ebay", "another 403", 403, _ebay(1101, "ACCESS", "Other"), Reason.UNRECOGNISED),
    Case("mercadolibre", "active", 200, {"id": 1, "status": {"site_status": "active"}}, Reason.OK),
    Case("mercadolibre", "no status", 200, {"id": 1}, Reason.OK),
    Case("mercadolibre", "deactive", 200, {"id": 1, "status": {"site_status": "deactive"}}, Reason.ACCOUNT_RESTRICTED),
    Case(
        "mercadolibre", "gateway", 401, {"code": "unauthorized", "message": "invalid access token"},
        Reason.INVALID_CREDENTIAL,
    ),
    Case(
        "mercadolibre", "older form", 401, {"message": "invalid access token", "error": "not_found", "status": 401},
        Reason.INVALID_CREDENTIAL,
    ),
    Case(
        "mercadolibre", "invalid_token", 401, {"message": "invalid_token", "error": "not_found", "status": 401},
        Reason.UNRECOGNISED,
    ),
    Case("mercadolibre", "scopes", 403, {"error": "Invalid scopes", "code": "FORBIDDEN"}, Reason.UNRECOGNISED),
    Case("mercadolibre", "denied", 403, {"error": "access_denied", "code": "FORBIDDEN"}, Reason.UNRECOGNISED),
    Case("mercadolibre", "limited", 429, {"error": "too_many_requests"}, Reason.RATE_LIMITED),
    Case("mercadolibre", "broken", 503, {"error": "service_not_available"}, Reason.PROVIDER_ERROR),
    Case("paypal", "token", 200, {"access_token": "A21AA", "token_type": "Bearer", "expires_in": 31668}, Reason.OK),
    Case("paypal", "invalid_client", 401, {"error": "invalid_client"}, Reason.INVALID_CREDENTIAL),
    Case("paypal", "failure", 401, {"name": "AUTHENTICATION_FAILURE"}, Reason.INVALID_CREDENTIAL),
    Case("paypal", "invalid_token", 401, {"error": "invalid_token"}, Reason.UNRECOGNISED),
    Case("paypal", "not authorized", 403, {"name": "NOT_AUTHORIZED"}, Reason.INSUFFICIENT_SCOPE),
    Case("paypal", "limited", 429, {"name": "RATE_LIMIT_REACHED"}, Reason.RATE_LIMITED),
    Case("paypal", "broken", 500, {"name": "INTERNAL_SERVER_ERROR"}, Reason.PROVIDER_ERROR),
    Case("stripe", "balance", 200, {"object": "balance", "available": []}, Reason.OK),
    Case("stripe", "invalid", 401, _stripe("Invalid API Key provided: sk_live_***cret"), Reason.INVALID_CREDENTIAL),
    Case("stripe", "expired", 401, _stripe("Expired API Key provided", code="api_key_expired"), Reason.EXPIRED),
    Case("stripe", "restricted", 403, _stripe("The provided key does not have the required permissions for this endpoint"), Reason.INSUFFICIENT_SCOPE),
    Case("stripe", "another 403", 403, _stripe("Other", code="account_invalid"), Reason.UNRECOGNISED),
    Case("stripe", "limited", 429, _stripe("Request rate limit exceeded."), Reason.RATE_LIMITED),
    Case("stripe", "broken", 500, {"error": {"type": "api_error"}}, Reason.PROVIDER_ERROR),
    Case("openai", "models", 200, _MODELS, Reason.OK),
    Case(
        "openai", "incorrect", 401, _ai("Incorrect API key provided: sk-o***", "invalid_request_error", "invalid_api_key"),
        Reason.INVALID_CREDENTIAL,
    ),
    Case("openai", "scopes", 403, _ai(_SCOPES, "invalid_request_error", None), Reason.INSUFFICIENT_SCOPE),
    Case("openai", "scopes", 401, _ai(_SCOPES, "invalid_request_error", "missing_scope"), Reason.INSUFFICIENT_SCOPE),
    Case(
        "openai", "organization", 401, _ai("You must be a member of an organization to use the API", "x", None),
        Reason.UNRECOGNISED,
    ),
    Case("openai", "address", 401, _ai("…", "invalid_request_error", "ip_not_authorized"), Reason.BLOCKED),
    Case(
        "openai", "country", 403, _ai("…", "request_forbidden", "unsupported_country_region_territory"), Reason.BLOCKED
    ),
    Case("openai", "another 403", 403, _ai("…", "request_forbidden", "other"), Reason.UNRECOGNISED),
    Case("openai", "quota", 429, _ai("…", "insufficient_quota", "insufficient_quota"), Reason.QUOTA_EXHAUSTED),
    Case("openai", "credit", 429, _ai("…", "insufficient_quota", "credit_balance_exhausted"), Reason.QUOTA_EXHAUSTED),
    Case("openai", "spend", 429, _ai("…", "x", "project_spend_limit_exceeded"), Reason.QUOTA_EXHAUSTED),
    Case("openai", "limited", 429, _ai("Rate limit reached", "requests", "rate_limit_exceeded"), Reason.RATE_LIMITED),
    Case("openai", "overloaded", 503, _ai("…", "server_error", None), Reason.PROVIDER_ERROR),
    Case("groq", "models", 200, _MODELS, Reason.OK),
    Case(
        "groq", "invalid", 401, _ai("Invalid API Key", "invalid_request_error", "invalid_api_key"),
        Reason.INVALID_CREDENTIAL,
    ),
    Case("groq", "forbidden", 403, _ai("…", "permissions_error", None), Reason.UNRECOGNISED),
    Case("groq", "suspended", 403, _ai("…", "invalid_request_error", "organization_restricted"), Reason.UNRECOGNISED),
    Case("groq", "limited", 429, _ai("Rate limit reached", "requests", "rate_limit_exceeded"), Reason.RATE_LIMITED),
    Case("groq", "busy", 498, _ai("…", "capacity_exceeded", "capacity_exceeded"), Reason.RATE_LIMITED),
    Case("groq", "broken", 500, _ai("…", "internal_server_error", None), Reason.PROVIDER_ERROR),
)  # fmt: skip

AGAINST_THE_TENANT = frozenset(
    {
        Reason.MISSING_FIELDS,
        Reason.INVALID_CREDENTIAL,
        Reason.EXPIRED,
        Reason.ACCOUNT_RESTRICTED,
        Reason.QUOTA_EXHAUSTED,
        Reason.INSUFFICIENT_SCOPE,
    }
)
