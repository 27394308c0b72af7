"""An API that verifies access tokens with PyJWT. With CLIENT_ID and CLIENT_SECRET it introspects them instead."""

import json
import os
import re
from base64 import b64encode
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import quote_plus, urlencode
from urllib.request import Request, urlopen

import jwt
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException

ISSUER = os.environ["ISSUER"]
RESOURCE = os.environ["RESOURCE"]
CLIENT_ID = os.environ.get("CLIENT_ID", "")
CLIENT_SECRET = os.environ.get("CLIENT_SECRET", "")
PORT = int(os.environ.get("PORT", "8080"))

# region: verify
keys = jwt.PyJWKClient(
    f"{ISSUER}/oauth2/jwks",
    lifespan=300,  # seconds, as its Cache-Control says
    cooldown_duration=2,  # between two fetches for an unknown kid
    timeout=5,
)


def verify(token: str) -> dict:
    # PyJWT does not check the type.
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("not an access token")
    return jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=["ES256", "EdDSA"],
        issuer=ISSUER,
        audience=RESOURCE,
        leeway=5,  # seconds
        options={"require": ["exp", "iss", "aud", "sub", "client_id", "scope"]},
    )
# endregion


# region: introspect
# In Basic credentials both parts are form-encoded (RFC 6749 §2.3.1).
BASIC = b64encode(f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()).decode()


def introspect(token: str) -> dict:
    request = Request(
        f"{ISSUER}/oauth2/introspect",
        data=urlencode({"token": token}).encode(),
        headers={"Authorization": f"Basic {BASIC}"},
    )
    with urlopen(request, timeout=5) as response:
        claims = json.load(response)
    if not claims["active"] or RESOURCE not in claims["aud"]:
        raise jwt.InvalidTokenError("not active, or not for this API")
    return claims
# endregion


# region: guard
def guard(scope: str):
    def check(authorization: Annotated[str | None, Header()] = None) -> dict:
        presented = re.fullmatch(r"bearer +([\w.~+/-]+=*)", authorization or "", re.ASCII | re.IGNORECASE)
        if presented is None:
            raise refusal(401, "Bearer")
        try:
            claims = (introspect if CLIENT_ID else verify)(presented[1])
        except (jwt.PyJWKClientConnectionError, OSError) as error:
            # Without an answer from the issuer, refuse.
            raise HTTPException(503, "try again", {"Retry-After": "1"}) from error
        except jwt.PyJWTError as error:
            raise refusal(401, 'Bearer error="invalid_token"') from error
        if scope not in claims.get("scope", "").split(" "):
            raise refusal(403, f'Bearer error="insufficient_scope", scope="{scope}"')
        return claims

    return check


def refusal(status: int, challenge: str) -> HTTPException:
    return HTTPException(status, headers={"WWW-Authenticate": challenge})
# endregion


@asynccontextmanager
async def announce(_app: FastAPI):
    print(f"http://127.0.0.1:{PORT}/orders", flush=True)
    yield


app = FastAPI(lifespan=announce, openapi_url=None)


@app.get("/orders")
def orders(claims: Annotated[dict, Depends(guard("orders:read"))]) -> dict:
    return {
        "subject": claims["sub"],
        "client": claims["client_id"],
        "role": claims["role"],
        "scope": claims["scope"].split(" "),
    }


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning")
