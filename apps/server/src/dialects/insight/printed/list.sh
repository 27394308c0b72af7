curl -v --header "X-Auth-Token:<your api token>" <host>/api/getApiTokens
