"""Which envtest archive is taken, from an index like the one that controller-tools publishes."""

from __future__ import annotations

import pytest

from tools.cluster import archive, versions

INDEX = """\
releases:
  v1.35.0:
    envtest-v1.35.0-linux-amd64.tar.gz:
      hash: 35aa
      selfLink: https://example.com/envtest-v1.35.0-linux-amd64.tar.gz
  v1.36.0:
    envtest-v1.36.0-linux-amd64.tar.gz:
      hash: 36aa
      selfLink: https://example.com/envtest-v1.36.0-linux-amd64.tar.gz
    envtest-v1.36.0-linux-arm64.tar.gz:
      selfLink: https://example.com/envtest-v1.36.0-linux-arm64.tar.gz
      hash: 36bb
  v1.37.0:
    envtest-v1.37.0-linux-amd64.tar.gz:
      hash: 37aa
      selfLink: https://example.com/envtest-v1.37.0-linux-amd64.tar.gz
  v1.38.0-alpha.1:
    envtest-v1.38.0-alpha.1-linux-amd64.tar.gz:
      hash: 38aa
      selfLink: https://example.com/envtest-v1.38.0-alpha.1-linux-amd64.tar.gz
"""


@pytest.mark.parametrize(
    ("platform", "sha512"),
    [
        pytest.param("linux-amd64", "36aa", id="the newest that is not newer than our Kubernetes"),
        pytest.param("linux-arm64", "36bb", id="the fields may stand in either order"),
        pytest.param("linux-riscv64", None, id="not released: it is built instead"),
    ],
)
def test_choice(platform: str, sha512: str | None) -> None:
    chosen = archive.choose(archive.parse_index(INDEX), platform)
    assert (chosen and chosen.sha512) == sha512


def test_the_platform_is_named_as_the_archives_name_it() -> None:
    assert archive.this_platform().split("-")[1] not in {"x86_64", "aarch64"}


def test_the_version_is_stamped_into_kubernetes_but_not_into_etcd() -> None:
    assert f"gitVersion=v{versions.KUBERNETES}" in versions.link_flags("kube-apiserver")
    assert "gitVersion" not in versions.link_flags("etcd")
