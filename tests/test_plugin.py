"""Third-party packs, installed for real: one that works, one that is broken, two of one name."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from plugins import install, plugin, run

EXAMPLE = Path(__file__).parent.parent / "examples" / "plugin-county"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example plugin installed in it."""
    target = tmp_path_factory.mktemp("site")
    install(EXAMPLE, target)
    return target


@pytest.mark.slow
def test_the_example_plugin_passes_its_own_tests_where_it_is_installed(installed: Path) -> None:
    """It is discovered, combined with the province's pack and screened with."""
    done = run(installed, "-m", "pytest", "-v", "-p", "no:cacheprovider", str(EXAMPLE / "tests"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "cases[mian-orchard-loss]" in done.stdout


@pytest.mark.slow
def test_the_command_line_finds_the_installed_pack(installed: Path) -> None:
    """Its rules are listed in words."""
    code = "from antipoverty.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    done = run(installed, "-c", code, "rules", "list", "--pack", "mian-county")
    assert done.returncode == 0, done.stderr
    assert "果园" in done.stdout


@pytest.mark.slow
def test_a_broken_plugin_is_named_and_hides_no_other(installed: Path, tmp_path: Path) -> None:
    """The cause is told, the other packs load, and a name that two packs claim is refused."""
    target = tmp_path / "site"
    broken = plugin(
        tmp_path / "broken", "broken_pack", "raise RuntimeError('no licence')", "broken"
    )
    copy = "from antipoverty.packs import shaanxi_2531 as pack"
    double = plugin(tmp_path / "double", "double_pack", copy, "shaanxi-2531")
    install(broken, target)
    install(double, target)
    show = """
        import sys; sys.path.append(sys.argv[1])
        from antipoverty.rules import discover_packs
        found = discover_packs()
        print(sorted(found.packs), {name: str(error) for name, error in found.broken.items()})
    """
    done = run(target, "-c", textwrap.dedent(show), str(installed))
    assert done.returncode == 0, done.stderr
    assert "['mian-county', 'national-low-income']" in done.stdout
    assert (
        "'broken' (broken_pack:pack) could not be loaded: RuntimeError: no licence" in done.stdout
    )
    assert "two installed packs are called 'shaanxi-2531'" in done.stdout
