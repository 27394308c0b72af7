require 'rest-client'
require 'json'

headers = { 'Content-Type' => 'application/json', 'Accept' => 'application/json' }
data = { "accountId" => "string", "accessKey" => "string", "secret" => "string" }

result = RestClient.post 'https://api.lyvecloud.seagate.com/v2/auth/token/', data.to_json, headers
p JSON.parse(result)
