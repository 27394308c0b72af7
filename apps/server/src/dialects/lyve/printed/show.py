import requests

headers = { 'Accept': 'application/json', 'Authorization': 'Bearer {access-token}' }

r = requests.get('https://api.lyvecloud.seagate.com/v2/auth/token/', headers=headers)
print(r.json())
