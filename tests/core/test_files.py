"""What a copied file is called, and which policies may copy files at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.loader import PolicyProblem, load_policy
from worker.core.files import spell_file_name

DIGEST = "3fa9c1d2" * 8


@pytest.mark.parametrize(
    ("name", "copy"),
    [
        ("export.log", "export-3fa9c1d2.log"),
        ("../../etc/passwd", "_.._etc_passwd-3fa9c1d2"),
        (".htaccess", "htaccess-3fa9c1d2"),
        ("", "file-3fa9c1d2"),
        ("a\u202egnp.exe", "a_gnp-3fa9c1d2.exe"),
        ("x" * 300 + ".txt", "x" * 100 + "-3fa9c1d2.txt"),
        ("screen shot 1.PNG", "screen shot 1-3fa9c1d2.PNG"),
    ],
)
def test_it_keeps_its_name_and_carries_its_content(name: str, copy: str) -> None:
    assert spell_file_name(name, DIGEST) == copy


@given(st.text(max_size=400))
def test_any_name_becomes_one_that_a_tracker_takes(name: str) -> None:
    copy = spell_file_name(name, DIGEST)
    assert 0 < len(copy) <= 200
    assert "3fa9c1d2" in copy
    assert not set(copy) & set('/\\:*?"<>|\n\r\0')


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ('[targets.security]\ncopy_files = ["text/plain"]\n', "no files are copied for security"),
        ('[targets.product]\nstub = true\ncopy_files = ["text/plain"]\n', "no files are copied for product"),
        ('[targets.product]\ncopy_files = ["text/html"]\n', "no web pages"),
        ('[targets.product]\ncopy_files = ["*/*"]\n', "cannot be copied"),
        ('[targets.product]\ncopy_files = ["logs"]\n', "cannot be copied"),
    ],
)
def test_a_policy_that_copies_what_it_must_not_is_refused(tmp_path: Path, rules: str, told: str) -> None:
    (tmp_path / "routing.toml").write_text(rules, encoding="utf-8")
    with pytest.raises(PolicyProblem, match=told):
        load_policy(tmp_path)
