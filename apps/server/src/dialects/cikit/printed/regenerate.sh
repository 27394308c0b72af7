node ./lib/cli/commands/create-user.js -u BR0kEN -g owner -r
