"""serve_proxy.py docs/serve.md: run nginx and Caddy, where they are installed, with the settings that the page shows, and
talk to `fer serve` through them. Only the names, ports and certificates are changed. Standard library only."""
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time

from server import Server, W, check, end, read

NGINX = """daemon off; worker_processes 1; pid nginx.pid; error_log stderr warn;
events {} http { access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
uwsgi_temp_path uwsgi; scgi_temp_path scgi; %s }"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def blocks(path):
    """The settings that the page shows."""
    text = open(path).read()
    nginx = re.search(r"```nginx\n(.*?)```", text, re.S).group(1)
    caddy = re.search(r"```\n(fer\.example\.org \{.*?)```", text, re.S).group(1)
    return nginx, caddy


def nginx(settings, port, to):
    text, here = settings, os.getcwd()
    for old, new in ((r"listen 443 ", "listen 127.0.0.1:%d " % port), (r"fer\.example\.org;", "localhost;"),
                     (r"/etc/ssl/\S+\.pem;", here + "/cert.pem;"), (r"/etc/ssl/\S+\.key;", here + "/key.pem;"),
                     (r"127\.0\.0\.1:8080", "127.0.0.1:%d" % to)):
        text, n = re.subn(old, new, text)
        check(n > 0, "nginx: the page has %s" % old)
    with open("nginx.conf", "w") as f:
        f.write(("user root; " if os.getuid() == 0 else "") + NGINX % text)  # else nobody, who may not write here
    return ["nginx", "-p", here, "-c", here + "/nginx.conf"]


def caddy(settings, port, to):
    site = "https://localhost:%d {\n tls %s/cert.pem %s/key.pem" % (port, os.getcwd(), os.getcwd())
    text = settings.replace("fer.example.org {", site).replace("127.0.0.1:8080", "127.0.0.1:%d" % to)
    with open("Caddyfile", "w") as f:
        f.write("{\n admin off\n auto_https disable_redirects\n}\n" + text)
    return ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]


def connect(port):
    context = ssl.create_default_context(cafile="cert.pem")
    context.check_hostname = False
    return http.client.HTTPSConnection("localhost", port, timeout=30, context=context)


def ask(port, method, path, body=None, **headers):
    c = connect(port)
    c.request(method, path, body, headers)
    r = c.getresponse()
    got = r.status, r.read()
    c.close()
    return got


def wait_for(port, process):
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            if ask(port, "GET", "/healthz")[0] == 200:
                return True
        except OSError:
            time.sleep(0.1)
    return False


def early_lines(port):
    """Send most of a film, and wait for a line before the rest."""
    film = read("film.mkv")
    c = connect(port)
    c.putrequest("POST", "/v1/video")
    c.putheader("Transfer-Encoding", "chunked")
    c.putheader("Content-Type", "video/x-matroska")
    c.endheaders()
    part = len(film) * 3 // 4
    c.send(b"%x\r\n%s\r\n" % (part, film[:part]))
    r = c.response_class(c.sock, method="POST")
    r.begin()
    first = r.readline()
    c.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(film) - part, film[part:]))
    rest = r.read()
    c.close()
    return first, rest


def video(name, port):
    """Over HTTP/1.1 Caddy passes no answer on before the request has ended."""
    if name == "nginx":
        first, rest = early_lines(port)
        check(first.startswith(b'{"t":0.0') and rest.count(b'"faces"') == 29, name + ": lines while the upload goes on")
    status, body = ask(port, "POST", "/v1/video", read("film.mkv"))
    check(status == 200 and body.count(b'"faces"') == 30, "%s: a video: %d, %d frames" % (name, status, body.count(b'"faces"')))


def through(name, command, port, s):
    environment = dict(os.environ, HOME=os.getcwd(), XDG_DATA_HOME=os.getcwd(), XDG_CONFIG_HOME=os.getcwd())
    with open(".log/%s" % name, "w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            if not wait_for(port, process):
                log.seek(0)
                check(False, "%s starts: %s" % (name, log.read()[-2000:]))
                return
            png = read("face.png")
            got, own = ask(port, "POST", "/v1/predict", png), s.ask("POST", "/v1/predict", png)
            check(got == own[:2], "%s: the same answer: %d %.60r" % (name, *got))
            check(ask(port, "POST", "/v1/predict", b"x")[0] == 422 and ask(port, "GET", "/nowhere")[0] == 404, name + ": errors")
            check(ask(port, "POST", "/v1/predict", os.urandom(3000000))[0] == 413, name + ": the server's 413")
            if os.path.exists("film.mkv") and s.ask("POST", "/v1/video", b"x")[0] != 415:
                video(name, port)
        finally:
            process.terminate()
            process.wait(30)


def main():
    shown = dict(zip(("nginx", "caddy"), blocks(sys.argv[1])))
    with Server(*W, "--max-body", "2") as s:
        for name, write in (("nginx", nginx), ("caddy", caddy)):
            if shutil.which(name):
                port = free_port()
                through(name, write(shown[name], port, s.port), port, s)
            else:
                print("skipped: no %s" % name)
    end()


main()
