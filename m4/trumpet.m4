dnl SPDX-License-Identifier: Apache-2.0
dnl SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors

dnl TRUMPET_CHECK_BUILD_DIR
dnl
dnl Refuses to build in the source tree: the build directory also holds the
dnl patched Open vSwitch.
AC_DEFUN([TRUMPET_CHECK_BUILD_DIR],
  [AS_IF([test "$srcdir" = .],
    [AC_MSG_ERROR([build in a directory of its own:
    mkdir -p build && cd build && ../configure && make])])])

dnl TRUMPET_NEED_PROG(VARIABLE, PROGRAM, DEBIAN-PACKAGE)
AC_DEFUN([TRUMPET_NEED_PROG],
  [AC_PATH_PROG([$1], [$2])
   AS_IF([test -z "$$1"],
     [AC_MSG_ERROR([$2 was not found: install the Debian package $3.])])])

dnl TRUMPET_NEED_PKG(VARIABLE, MODULES, DEBIAN-PACKAGES)
AC_DEFUN([TRUMPET_NEED_PKG],
  [PKG_CHECK_MODULES([$1], [$2], [],
     [AC_MSG_ERROR([$2 was not found: install the Debian package(s) $3.])])])

dnl TRUMPET_CHECK_CCACHE
dnl
dnl Puts ccache before the compiler, here and in Open vSwitch, if it is there.
AC_DEFUN([TRUMPET_CHECK_CCACHE],
  [AC_ARG_ENABLE([ccache],
     [AS_HELP_STRING([--disable-ccache], [do not use ccache])],
     [], [enable_ccache=auto])
   AS_IF([test "$enable_ccache" != no],
     [AC_CHECK_PROG([CCACHE], [ccache], [ccache])
      AS_CASE(["$enable_ccache,$CCACHE,$CC"],
        [yes,,*], [AC_MSG_ERROR([ccache was not found.])],
        [*,ccache,ccache\ *|*,,*], [],
        [CC="ccache $CC"])])])

dnl TRUMPET_CHECK_WERROR
AC_DEFUN([TRUMPET_CHECK_WERROR],
  [AC_ARG_ENABLE([werror],
     [AS_HELP_STRING([--disable-werror],
       [let warnings in our files (not in Open vSwitch) be warnings])])
   AS_IF([test "$enable_werror" != no], [WERROR=-Werror], [WERROR=])
   AC_SUBST([WERROR])])

dnl TRUMPET_CHECK_COVERAGE
dnl
dnl Lets our files, not Open vSwitch, count how often each line runs.
AC_DEFUN([TRUMPET_CHECK_COVERAGE],
  [AC_ARG_ENABLE([coverage],
     [AS_HELP_STRING([--enable-coverage],
       [count how often each line of our files runs (see "make coverage")])])
   OVS_CFLAGS=$CFLAGS
   COVERAGE_LIBS=
   AS_IF([test "$enable_coverage" = yes],
     [CFLAGS="$CFLAGS -O0 --coverage"
      COVERAGE_LIBS=-lgcov])
   AC_SUBST([OVS_CFLAGS])
   AC_SUBST([COVERAGE_LIBS])])

dnl TRUMPET_CHECK_DPDK
AC_DEFUN([TRUMPET_CHECK_DPDK],
  [AC_ARG_WITH([dpdk],
     [AS_HELP_STRING([--without-dpdk],
       [build Open vSwitch without DPDK (for tests only)])],
     [], [with_dpdk=shared])
   AS_IF([test "$with_dpdk" = no],
     [OVS_DPDK_FLAGS=],
     [PKG_CHECK_EXISTS([libdpdk >= 22.11], [],
        [AC_MSG_ERROR([libdpdk was not found: install the Debian package libdpdk-dev.])])
      OVS_DPDK_FLAGS=--with-dpdk=shared])
   AC_SUBST([OVS_DPDK_FLAGS])])

dnl TRUMPET_CHECK_OVS_SOURCE
dnl
dnl Finds the Open vSwitch source, a tarball or a directory, and holds it
dnl against ovs-patches/UPSTREAM.
AC_DEFUN([TRUMPET_CHECK_OVS_SOURCE],
  [AC_ARG_VAR([OVS_CONFIGURE_FLAGS],
     [additional arguments for the configure script of Open vSwitch])
   AC_ARG_WITH([ovs-source],
     [AS_HELP_STRING([--with-ovs-source=TARBALL|DIR],
       [Open vSwitch source @<:@of the Debian package openvswitch-source@:>@])])
   trumpet_upstream () {
       sed -n "s/^$[1]: //p" "$srcdir/ovs-patches/UPSTREAM"
   }
   AC_MSG_CHECKING([for the Open vSwitch source])
   AS_CASE([$with_ovs_source],
     [''|yes|no],
     [OVS_SOURCE=`trumpet_upstream tarball`
      AS_IF([test ! -f "$OVS_SOURCE"],
        [AC_MSG_ERROR([$OVS_SOURCE was not found: install the Debian package openvswitch-source or use --with-ovs-source.])])
      ovs_complain=ERROR],
     [OVS_SOURCE=`cd "$ac_pwd" && realpath -e -- "$with_ovs_source"` ||
        AC_MSG_ERROR([--with-ovs-source=$with_ovs_source was not found.])
      ovs_complain=WARN])
   AC_MSG_RESULT([$OVS_SOURCE])
   ovs_version=`trumpet_upstream package | cut -d' ' -f2`
   ovs_remedy="the patches are made for `trumpet_upstream package`"
   AS_IF([test -d "$OVS_SOURCE"],
     [AS_IF([grep "INIT(openvswitch, `trumpet_upstream version`," "$OVS_SOURCE/configure.ac" >/dev/null 2>&1],
        [], [AC_MSG_WARN([$OVS_SOURCE has another version: $ovs_remedy.])])],
     [test "`sha256sum < "$OVS_SOURCE" | cut -c1-64`" != "`trumpet_upstream sha256`"],
     [AS_IF([test $ovs_complain = WARN],
        [AC_MSG_WARN([$OVS_SOURCE has another checksum: $ovs_remedy.])],
        [AC_MSG_ERROR([$OVS_SOURCE has another checksum: $ovs_remedy.
    Install exactly that version:
        apt-get install --reinstall openvswitch-source=$ovs_version
    or take another at your own risk:
        configure --with-ovs-source=$OVS_SOURCE])])])
   AC_SUBST([OVS_SOURCE])])
