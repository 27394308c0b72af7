# Logs in, calls, refreshes, introspects and logs out with the Python client that openapi-generator makes.
import json
import re
import sys

import generated as api

given = json.load(sys.stdin)
for pattern in given["patterns"]:
    re.compile(pattern)

configuration = api.Configuration(host=given["url"])
client = api.ApiClient(configuration)


def introspect(token):
    secret = {"client_id": given["client"], "client_secret": given["secret"]}
    return api.OauthApi(client).introspect_token(token=token, **secret)


login = api.Login(username=given["username"], password=given["password"])
opened = api.SessionsApi(client).create_session(login)
configuration.access_token = opened.access_token
me = api.MeApi(client).show_me()
wanted = api.ClientCreation(name="Pythön { p C Z }", expires_in=given["lifetime"])
made = api.ClientsApi(client).create_client(wanted)
tokens = api.SessionsApi(client).refresh_session(api.Refresh(refresh_token=opened.refresh_token))
configuration.access_token = tokens.access_token
active = introspect(tokens.access_token)
api.SessionsApi(client).end_session()
ended = introspect(tokens.access_token)
try:
    api.MeApi(client).show_me()
    refused = None
except api.ApiException as error:
    refused = json.loads(error.body)["code"]
json.dump(
    {
        "me": me.username,
        "secretEnds": made.credential.expires_at,
        "active": active.active,
        "subject": active.sub,
        "ends": active.exp,
        "role": active.role,
        "ended": ended.active,
        "refused": refused,
    },
    sys.stdout,
)
