"""What a scheduler that starts a process at the instant starts: `urllib3_sender.py URL` sends one request."""

import sys

import urllib3

urllib3.request("POST", sys.argv[1], body=b"{}")
