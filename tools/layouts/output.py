"""Where files go: directories, a tar for each top directory, or a zip of those tars. Times and owners are fixed, so equal content is equal bytes."""
import io
import os
import tarfile
import zipfile


class Directory:
    def __init__(self, root):
        self.root = root
        self.made = set()

    def _path(self, name):
        path = os.path.join(self.root, name)
        folder = os.path.dirname(path)
        if folder not in self.made:
            os.makedirs(folder, exist_ok=True)
            self.made.add(folder)
        return path

    def put(self, name, data):
        with open(self._path(name), "wb") as f:
            f.write(data)

    def mkdir(self, name):
        os.makedirs(os.path.join(self.root, name), exist_ok=True)

    def link(self, old, new):
        os.link(os.path.join(self.root, old), self._path(new))

    def close(self):
        pass


class Tars:
    """train_set/... goes to train_set.tar; the files of one top directory must come in one run."""

    def __init__(self, root):
        self.root = root
        self.top = self.tar = self.file = None
        self.folders = set()

    def _open(self, name):
        return open(os.path.join(self.root, name), "wb")

    def _tar_of(self, name):
        top = name.split("/", 1)[0]
        if top != self.top:
            self._end()
            self.top, self.file = top, self._open(top + ".tar")
            self.tar = tarfile.open(fileobj=self.file, mode="w|", format=tarfile.GNU_FORMAT)
        return self.tar

    def mkdir(self, name):
        tar = self._tar_of(name)
        parts = name.split("/")
        for i in range(1, len(parts) + 1):
            folder = "/".join(parts[:i])
            if folder not in self.folders:
                self.folders.add(folder)
                info = tarfile.TarInfo(folder)
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(info)

    def put(self, name, data):
        self.mkdir(os.path.dirname(name))
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o644
        self._tar_of(name).addfile(info, io.BytesIO(data))

    def _end(self):
        if self.tar:
            self.tar.close()
            self.file.close()

    def close(self):
        self._end()


class ZipOfTars(Tars):
    def __init__(self, root, name, deflated, zip64):
        super().__init__(root)
        self.zip64 = zip64
        self.method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        self.zip = zipfile.ZipFile(os.path.join(root, name), "w")

    def _open(self, name):
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type, info.external_attr = self.method, 0o644 << 16
        return self.zip.open(info, "w", force_zip64=self.zip64)

    def close(self):
        super().close()
        self.zip.close()
