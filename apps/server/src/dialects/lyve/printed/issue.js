const inputBody = `{ "accountId": "string", "accessKey": "string", "secret": "string" }`;
const headers = { 'Content-Type': 'application/json', 'Accept': 'application/json' };

fetch('https://api.lyvecloud.seagate.com/v2/auth/token/',
{
  method: 'POST',
  body: inputBody,
  headers: headers
})
.then(function(res) {
  return res.json();
}).then(function(body) {
  console.log(body);
});
