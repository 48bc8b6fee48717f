/** Makes sdists (PEP 625) with a build backend of their own, so that pip builds them without any network. */
import { coreMetadata, type Distribution, filenameStem, type Recipe } from './distribution.ts';
import { makeTarGz } from './tar.ts';

/** PEP 517/518: nothing to fetch for the build, and the backend comes along. */
const PYPROJECT = `[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`;

/** PEP 517 hooks over the standard library. Everything it must know stands in PKG-INFO and below src/. */
const BACKEND = `"""Builds the wheel of this source tree with the standard library alone (PEP 517)."""
import base64
import email
import hashlib
import os
import re
import zipfile

WHEEL = "Wheel-Version: 1.0\\nGenerator: backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def _read(path):
    with open(path, "rb") as file:
        return file.read()


def _stem():
    facts = email.message_from_bytes(_read("PKG-INFO"))
    return re.sub(r"[-_.]+", "_", facts["Name"]).lower() + "-" + facts["Version"]


def _dist_info():
    return {"METADATA": _read("PKG-INFO"), "WHEEL": WHEEL.encode()}


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    name = _stem() + ".dist-info"
    os.mkdir(os.path.join(metadata_directory, name))
    for part, data in _dist_info().items():
        with open(os.path.join(metadata_directory, name, part), "wb") as file:
            file.write(data)
    return name


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    contents = {}
    for folder, folders, names in os.walk("src"):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            contents[os.path.relpath(path, "src").replace(os.sep, "/")] = _read(path)
    for part, data in _dist_info().items():
        contents[_stem() + ".dist-info/" + part] = data
    record = ""
    for name, data in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += "%s,sha256=%s,%d\\n" % (name, digest, len(data))
    record_name = _stem() + ".dist-info/RECORD"
    contents[record_name] = (record + record_name + ",,\\n").encode()
    filename = _stem() + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as wheel:
        for name, data in contents.items():
            wheel.writestr(name, data)
    return filename


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("this tree is an sdist already")
`;

/** An sdist of the recipe. pip installs it with `--no-index`: the build needs Python and nothing else. */
export function makeSdist(recipe: Recipe): Distribution {
  const stem = filenameStem(recipe);
  const files: Record<string, Buffer | string> = {
    'PKG-INFO': coreMetadata(recipe),
    'pyproject.toml': PYPROJECT,
    'backend.py': BACKEND,
  };
  for (const [path, text] of Object.entries(recipe.modules)) files[`src/${path}`] = text;
  const entries = Object.entries(files).map(([path, data]) => ({
    name: `${stem}/${path}`,
    data: Buffer.from(data),
  }));
  return {
    name: recipe.name,
    version: recipe.version,
    filename: `${stem}.tar.gz`,
    bytes: makeTarGz(entries),
    metadata: null,
    pythonVersion: 'source',
    requiresPython: recipe.requiresPython ?? null,
    formMetadata: coreMetadata(recipe),
  };
}
