curl -v --header "X-Auth-Token:<your api access token>" <host>/api/getUserRecentFiles
