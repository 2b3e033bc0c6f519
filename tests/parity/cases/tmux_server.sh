# SPDX-License-Identifier: MIT
# about: tmux starts a server by a socket and its lock file, and ends it
# needs: tmux

tmux -S sock -f /dev/null new-session -d 'sleep 60'
tmux -S sock list-sessions -F '#{session_name} #{session_windows}'
tmux -S sock kill-server
while [ -S sock ] && tmux -S sock list-sessions > /dev/null 2>&1; do
	sleep 0.1
done
rm -f sock
ls -A
