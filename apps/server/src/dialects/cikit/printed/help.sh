node ./lib/cli/commands/create-user.js -h
