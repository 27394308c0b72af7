const headers = { 'Accept': 'application/json', 'Authorization': 'Bearer {access-token}' };

fetch('https://api.lyvecloud.seagate.com/v2/auth/token/',
{
  method: 'GET',
  headers: headers
})
.then(function(res) {
  return res.json();
}).then(function(body) {
  console.log(body);
});
