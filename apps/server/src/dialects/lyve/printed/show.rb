require 'rest-client'
require 'json'

headers = { 'Accept' => 'application/json', 'Authorization' => 'Bearer {access-token}' }

result = RestClient.get 'https://api.lyvecloud.seagate.com/v2/auth/token/', headers: headers
p JSON.parse(result)
