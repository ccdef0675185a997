"""One challenge from draft to completed, played by every role through a running site's public HTTP API and WebSocket.

It knows no app of this code base: what it asks for and expects is what any program may, so that it tests a deployment
and not the checkout it is run from.
"""
