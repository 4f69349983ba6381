"""Operating systems by the words that inventories, hypervisors and MDM exports write, with vendors' published dates."""

from datetime import date

import pytest

from greendigital.factorset import load_library
from greendigital.recommendations import support_state
from greendigital.recommendations.os_names import rows_of
from tests.factor_files import rows

LIBRARY = load_library()
DAY = date(2026, 8, 22)

WORDS = {
    # os_name, os_version, os_build: product, release
    ("Ubuntu 22.04.4 LTS", "", ""): ("ubuntu", "22.04"),
    ("Ubuntu", "jammy", ""): ("ubuntu", "22.04"),
    ("Red Hat Enterprise Linux 8.9", "", ""): ("rhel", "8"),
    ("Red Hat Enterprise Linux 8 (64-bit)", "", ""): ("rhel", "8"),
    ("Debian GNU/Linux 12", "", ""): ("debian", "12"),
    ("Debian GNU/Linux", "bookworm", ""): ("debian", "12"),
    ("VMware ESXi 7.0.3 build-20328353", "", ""): ("vmware-esxi", "7.0"),
    ("VMware ESXi 8", "", ""): ("vmware-esxi", "8.0"),
    ("VMware vCenter Server 7.0.3", "", ""): ("vmware-vcenter", "7.0"),
    ("VMware Cloud Foundation 5.1", "", ""): ("vmware-cloud-foundation", "5.1"),
    ("Windows Server 2016 Standard", "", ""): ("windows-server", "2016"),
    ("Windows Server 2019 Datacenter", "1809", ""): ("windows-server", "2019"),
    ("Microsoft Windows Server 2012 R2 Standard", "", "9600"): ("windows-server", "2012-r2"),
    ("Microsoft Windows Server 2012 Standard", "", ""): ("windows-server", "2012"),
    ("Windows Server 2008 R2 Enterprise", "", ""): ("windows-server", "2008-r2-sp1"),
    ("Windows Server 2008 Standard", "", ""): ("windows-server", "2008-sp2"),
    ("Windows Server, version 20H2", "", ""): ("windows-server", "20h2-sac"),
    ("Windows Server", "", "20348"): ("windows-server", "2022"),
    ("Windows Embedded Standard 7", "", ""): ("windows-embedded", "standard-7-sp1"),
    ("Microsoft Windows XP Professional", "", ""): ("windows", "5-sp3"),
    ("Windows 7 Professional", "", ""): ("windows", "7-sp1"),
    ("Win 10 Pro", "22H2", ""): ("windows", "10-22h2"),
    ("Windows 10 IoT Enterprise LTSC 2021", "", ""): ("windows", "10-21h2-iot-lts"),
    ("iPadOS", "17.5.1", ""): ("ipados", "17"),
    ("iOS", "", "17.5.1"): ("ios", "17"),
    ("iPhone OS 16.7", "", ""): ("ios", "16"),
    ("Android 13", "", ""): ("android", "13"),
    ("Android (fully managed)", "", "14"): ("android", "14"),
    ("Android", "8.1.0", ""): ("android", "8.1"),
    ("macOS", "14.6.1", ""): ("macos", "14"),
    ("macOS", "", "14.6.1 (23G93)"): ("macos", "14"),
    ("macOS", "14.6.1", "23G93"): ("macos", "14"),
    ("macOS Sonoma", "", ""): ("macos", "14"),
    ("macOS High Sierra", "", ""): ("macos", "10.13"),
    ("macOS Sierra", "", ""): ("macos", "10.12"),
    ("Mac OS X", "10.15.7", "19H2026"): ("macos", "10.15"),
    ("CentOS Linux 7.9.2009", "", ""): ("centos", "7"),
    ("CentOS Stream 9", "", ""): ("centos-stream", "9"),
    ("Rocky Linux 9.3 (Blue Onyx)", "", ""): ("rocky-linux", "9"),
    ("AlmaLinux 8.9", "", ""): ("almalinux", "8"),
    ("Oracle Linux Server 8.9", "", ""): ("oracle-linux", "8"),
    ("SUSE Linux Enterprise Server 15 SP5", "", ""): ("sles", "15.5"),
    ("openSUSE Leap 15.5", "", ""): ("opensuse", "15.5"),
    ("Fedora Linux 39 (Workstation Edition)", "", ""): ("fedora", "39"),
    ("Linux Mint 21.3", "", ""): ("linuxmint", "21.3"),
    ("LMDE 6", "", ""): ("linuxmint", "lmde6"),
    ("Amazon Linux 2", "", ""): ("amazon-linux", "2"),
    ("Amazon Linux 2023.4.20240611", "", ""): ("amazon-linux", "2023"),
    ("Oracle Solaris 11.4", "", ""): ("oracle-solaris", "11.4"),
    ("IBM AIX 7.2 TL5", "", ""): ("ibm-aix", "7.2.5"),
    ("IBM i 7.4", "", ""): ("ibm-i", "7.4"),
    ("FreeBSD 14.1-RELEASE", "", ""): ("freebsd", "14.1"),
    ("Proxmox VE 8.1", "", ""): ("proxmox-ve", "8"),
    ("XCP-ng 8.2", "", ""): ("xcp-ng", "8.2"),
    ("Nutanix AOS 6.5.2", "", ""): ("nutanix-aos", "6.5"),
    ("NetApp ONTAP 9.13.1P4", "", ""): ("netapp-ontap", "9.13.1"),
    ("FortiOS v7.2.5", "", ""): ("fortios", "7.2"),
    ("PAN-OS 10.2.4-h2", "", ""): ("pan-os", "10.2"),
    ("Cisco IOS XE 17.09.04a", "", ""): ("cisco-ios-xe", "17.9"),
    ("F5 BIG-IP 16.1.3", "", ""): ("big-ip", "16.1"),
    ("Microsoft SQL Server 2019", "", ""): ("mssqlserver", "15.0"),
    ("Microsoft Exchange Server 2016", "", ""): ("msexchange", "2016"),
    ("SharePoint Server 2019", "", ""): ("sharepoint", "2019"),
    ("Microsoft Office 2016", "", ""): ("office", "2016"),
    ("Citrix Virtual Apps and Desktops 7 2203 LTSR", "", ""): ("citrix-vad", "2203"),
    ("VMware Horizon 8.2312", "", ""): ("omnissa-horizon", "8.2312"),
}


@pytest.mark.parametrize(("words", "release"), WORDS.items())
def test_a_release_is_found_by_the_words_of_exports(words, release):
    assert [(r["product"], r["release"]) for r in rows_of(LIBRARY, *words)] == [release]


def test_every_product_of_the_set_is_reached_by_some_words():
    assert {product for product, _ in WORDS.values()} == {
        r["product"] for r in rows("operating-system-support", "os_support")
    }


@pytest.mark.parametrize(
    ("name", "end"),
    [
        # Microsoft product lifecycle pages
        ("Windows Server 2016 Standard", date(2027, 1, 12)),
        ("Windows Server 2012 R2 Standard", date(2023, 10, 10)),
        ("Windows 7 Professional", date(2020, 1, 14)),
        ("Windows XP Professional", date(2014, 4, 8)),
        ("Microsoft Exchange Server 2016", date(2025, 10, 14)),
        ("Microsoft SQL Server 2019", date(2030, 1, 8)),
        ("SharePoint Server 2019", date(2026, 7, 14)),
        ("Windows 10 IoT Enterprise LTSC 2021", date(2032, 1, 13)),
        # Red Hat, Red Hat Enterprise Linux life cycle
        ("Red Hat Enterprise Linux 8.9", date(2029, 5, 31)),
        # CentOS project, end dates
        ("CentOS Linux 7.9.2009", date(2024, 6, 30)),
        # Amazon Web Services, Amazon Linux 2 FAQs
        ("Amazon Linux 2", date(2026, 6, 30)),
        # Broadcom, VMware product lifecycle matrix (end of general support)
        ("VMware ESXi 7.0.3", date(2025, 10, 2)),
        # Rocky Enterprise Software Foundation, release guide
        ("Rocky Linux 9.3", date(2032, 5, 31)),
    ],
)
def test_end_dates_are_those_the_vendor_published(name, end):
    found = support_state(LIBRARY, name, "", "", DAY)
    assert (found.until, found.basis) == (end, "published")
    assert support_state(LIBRARY, name, "", "", end).state == "ended"
    assert support_state(LIBRARY, name, "", "", date(end.year, end.month, end.day - 1)).state == "supported"


@pytest.mark.parametrize(
    "name",
    [
        "Microsoft Windows Server 2016 or later (64-bit)", "CentOS 4/5 or later (64-bit)", "ChromeOS 120",
        "Cisco IOS 15.2", "Ubuntu Linux (64-bit)", "Linux", "openSUSE Tumbleweed", "Windows 365", "Debian GNU/Linux",
    ],
)  # fmt: skip
def test_words_that_tell_no_release_stay_unknown(name):
    assert support_state(LIBRARY, name, "", "", DAY).state == "unknown"


def test_a_build_of_apple_is_no_version():
    """18A373 is a build of iOS 14."""
    assert rows_of(LIBRARY, "iOS", "", "18A373") == ()


def test_ltsc_of_one_build_counts_both_editions_unless_one_is_named():
    """Microsoft lifecycle: Enterprise LTSC 2021 ends on 12 January 2027, IoT LTSC 2021 on 13 January 2032."""
    found = support_state(LIBRARY, "Windows 10 Enterprise LTSC 2021", "", "19044", date(2028, 1, 1))
    assert found.state == "unknown"
    assert found.dates == (date(2027, 1, 12), date(2032, 1, 13))


def test_a_release_without_a_date_is_supported_by_status_only():
    """Apple publishes no end dates: macOS 14 was still patched in August 2026."""
    found = support_state(LIBRARY, "macOS Sonoma", "", "", DAY)
    assert (found.state, found.until, found.dates, found.basis) == ("supported", None, (), "status")
    assert found.label == "macOS 14 (Sonoma)"


def test_an_end_without_a_date_says_nothing_of_earlier_days():
    """Oracle Solaris 11.2 has ended, the day is not in the source."""
    assert support_state(LIBRARY, "Oracle Solaris 11.2", "", "", DAY).state == "ended"
    assert support_state(LIBRARY, "Oracle Solaris 11.2", "", "", date(2016, 1, 1)).state == "unknown"


def test_the_label_of_several_releases_is_what_they_have_in_common():
    assert support_state(LIBRARY, "Windows 10 Pro", "", "", DAY).label == "Windows 10"
    assert support_state(LIBRARY, "SLES 12", "", "", DAY).label == "SUSE Linux Enterprise Server"
