# Two kinds of goals live here.
#
# Workflow goals are scripts under test/bin: they need nothing but make and a
# shell, install or name missing packages themselves, and work on throw-away
# clusters.  Everything else is an ordinary PGXS build (in-tree and VPATH).

WORKFLOW = demo demo-shell report check matrix check-package doc-check check-clients check-restore check-upgrade check-topologies core-check rules law-guide lint coverage valgrind bench fuzz-leak fuzz-scope fuzz-recv fuzz-calendar fuzz-mask attack-mutants crash-check

.DEFAULT_GOAL = all
HERE := $(dir $(firstword $(MAKEFILE_LIST)))

ifneq ($(filter $(WORKFLOW),$(MAKECMDGOALS)),)

.PHONY: $(WORKFLOW)
$(WORKFLOW):
	@$(HERE)test/bin/$@

# "make clean check" and the like: hand the rest to the PGXS half.
%:
	@$(MAKE) --no-print-directory -f $(firstword $(MAKEFILE_LIST)) $@

Makefile: ;

else

EXTENSION    = pdauth
MODULE_big   = pdauth
EXTVERSION  := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(HERE)pdauth.control)

OBJS         = $(patsubst $(HERE)%.c,%.o,$(sort $(wildcard $(HERE)src/*.c)))
PG_CPPFLAGS  = -I$(srcdir)/src -I$(libpq_srcdir) -DPDAUTH_VERSION='"$(EXTVERSION)"'
PG_CFLAGS    = -Wextra -Wno-unused-parameter -Wno-missing-field-initializers \
               -Wno-sign-compare -Wno-cast-function-type -Wno-clobbered
# Our own symbols first: libraries the server links (libaudit, for one) must not
# stand in for a function of ours that happens to have the same name.
SHLIB_LINK   = $(libpq) -lcrypto -lgcrypt -Wl,-Bsymbolic

SQL_MODULES  = $(sort $(wildcard $(HERE)sql/[0-9]*.sql))
DATA         = $(patsubst $(HERE)%,%,$(wildcard $(HERE)sql/upgrade/*--*.sql))
DATA_built   = pdauth--$(EXTVERSION).sql
EXTRA_CLEAN  = src/*.gcno src/*.gcda

# expected/ lives at the top: PG 15 finds it through outputdir, 16+ through expecteddir.
EXPECTED_AT    = $(if $(filter 15,$(MAJORVERSION)),--outputdir=$(srcdir),--expecteddir=$(srcdir))
REGRESS        = $(sort $(basename $(notdir $(wildcard $(HERE)test/sql/*.sql))))
REGRESS_OPTS   = --inputdir=$(srcdir)/test $(EXPECTED_AT) --load-extension=pgcrypto --load-extension=pdauth
ISOLATION      = $(sort $(basename $(notdir $(wildcard $(HERE)test/isolation/specs/*.spec))))
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation --outputdir=$(srcdir) \
                 --load-extension=pgcrypto --load-extension=pdauth

PG_CONFIG   ?= pg_config
PGXS        := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq ($(wildcard $(PGXS)),)
$(error pdauth needs the PostgreSQL server headers: install postgresql-server-dev-15 (or -17, -18), \
	or point PG_CONFIG at the pg_config of your server)
endif
include $(PGXS)

ifeq ($(filter 15 16 17 18,$(MAJORVERSION)),)
$(error pdauth supports PostgreSQL 15, 17 and 18, but $(PG_CONFIG) belongs to version $(VERSION); \
	set PG_CONFIG to a supported server's pg_config)
endif

# Our own code compiles without a warning; a packager with another compiler
# can relax this with WERROR=.
WERROR ?= -Werror
$(OBJS): override CFLAGS += $(WERROR)

# COVERAGE=1 counts the lines that run (make coverage); -Og keeps lines apart.
ifdef COVERAGE
$(OBJS): override CFLAGS += --coverage -Og
SHLIB_LINK  += --coverage
endif

$(OBJS): $(wildcard $(HERE)src/*.h)

$(DATA_built): $(SQL_MODULES) $(HERE)pdauth.control
	cat $(SQL_MODULES) > $@

# Catalogues of messages, named and installed as the server looks for them
# (PG_TEXTDOMAIN in c.h, nls-global.mk), where it was built with --enable-nls.
LANGUAGES = $(basename $(notdir $(wildcard $(HERE)src/po/*.po)))
ifeq ($(enable_nls),yes)
ifneq ($(shell command -v $(MSGFMT)),)
catalogue_directory = $(DESTDIR)$(localedir)/$(1)/LC_MESSAGES
CATALOGUES = $(LANGUAGES:%=src/po/%.mo)
CATALOGUE  = pdauth-$(MAJORVERSION).mo
EXTRA_CLEAN += $(CATALOGUES)

src/po/%.mo: src/po/%.po
	$(MSGFMT) -c -o $@ $<

all: $(CATALOGUES)

install: install-catalogues
install-catalogues: $(CATALOGUES)
	$(foreach l,$(LANGUAGES),$(MKDIR_P) '$(call catalogue_directory,$(l))' && \
	    $(INSTALL_DATA) $(filter %/$(l).mo,$^) '$(call catalogue_directory,$(l))/$(CATALOGUE)' &&) :

uninstall: uninstall-catalogues
uninstall-catalogues:
	rm -f $(foreach l,$(LANGUAGES),'$(call catalogue_directory,$(l))/$(CATALOGUE)')

.PHONY: install-catalogues uninstall-catalogues
else
$(info pdauth: no msgfmt (Debian: gettext), so messages are in English only)
endif
endif

ifdef VPATH
$(shell mkdir -p src/po)
endif

endif
