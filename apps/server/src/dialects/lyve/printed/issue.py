import requests

headers = { 'Content-Type': 'application/json', 'Accept': 'application/json' }
data = { "accountId": "string", "accessKey": "string", "secret": "string" }

r = requests.post('https://api.lyvecloud.seagate.com/v2/auth/token/', headers=headers, json=data)
print(r.json())
