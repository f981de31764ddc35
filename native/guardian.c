/*
 * guardian: starts the daemon (a Node process), watches it, and undoes what it had installed when it is killed.
 *
 *   guardian NODE SCRIPT [daemon's own arguments]      start; the foreground process, or the background one
 *   guardian --adopt PID RECORD NODE SCRIPT [args]     take over watching a daemon whose guardian was killed
 *   guardian --release RECORD                          undo what is recorded and exit (a service's stop hook)
 *
 * It is a C program because it must act within milliseconds after the daemon was killed with SIGKILL, and must cost
 * next to nothing while it waits. It holds no policy but this: an orderly end ("bye CODE" on the link) is passed on, any
 * other end of the daemon undoes what it had recorded, kills the daemon's children and starts it again.
 *
 * The link is a socket pair, descriptor 3 of the daemon. Lines from the daemon:
 *   record PATH    the installed record (src/sys/installed-record.ts writes it, the layout is there); PATH.netns names its namespace
 *   ready          the start is complete; a background start now lets the command line return
 *   name NAME      what ps is to show of this process; empty: its own
 *   reloading      a reload has begun; "ready" follows
 *   stopping MS    an orderly stop has begun and will end within MS milliseconds
 *   bye CODE       about to exit with CODE on purpose
 * End of file on the link tells the daemon that its guardian is gone; it then starts another one with --adopt.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINK_FD 3
#define EXIT_FATAL 1
#define STEADY_MS 3000	   /* a daemon that lived this long after it was ready is restarted at once */
#define MAX_DELAY_MS 60000 /* keepalived's upper bound between restarts */
#define STOP_GRACE_MS 5000 /* from TERM to "stopping" */
#define FAMILY_VARIABLE "REGENT_FAMILY"

static const char *record_path;
static char record_buffer[4096];
static char family[64]; /* FAMILY_VARIABLE=token, in the environment of every process the daemon starts */

static long now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static void complain(const char *what)
{
	fprintf(stderr, "guardian: %s: %s\n", what, strerror(errno));
}

/* ---------------------------------------------------------------- releasing what the daemon had installed */

#define RECORD_HEADER 64      /* "REGENT02", number of slots, 0 */
#define RECORD_SLOT 64	      /* every entry begins in one of its own */
#define RECORD_SETTING 0x5245 /* messages that are not for the kernel's socket */
#define RECORD_TABLE 0x5246
#define BATCH 16384

/* A setting's old value goes back: "NAME\0VALUE\0", the name below /proc/sys. */
static void restore_setting(const char *payload, size_t length)
{
	const char *value = memchr(payload, 0, length);
	char path[300];
	int file;

	if (!value || !memchr(value + 1, 0, length - (value + 1 - payload)) || strstr(payload, ".."))
		return;
	value++;
	if (snprintf(path, sizeof path, "/proc/sys/%s", payload) >= (int)sizeof path)
		return;
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0) {
		if (errno != ENOENT) /* the interface is gone, and its settings with it */
			complain(path);
		return;
	}
	if (write(file, value, strlen(value)) < 0)
		complain(path);
	close(file);
}

static size_t put_message(char *to, int type, int family, int resource, const char *name)
{
	struct nlmsghdr *header = (struct nlmsghdr *)to;
	struct nfgenmsg *generic = NLMSG_DATA(header);
	size_t length = NLMSG_LENGTH(sizeof *generic);

	memset(to, 0, length);
	if (name) {
		struct nlattr *attribute = (struct nlattr *)(to + length);
		attribute->nla_type = NFTA_TABLE_NAME;
		attribute->nla_len = NLA_HDRLEN + strlen(name) + 1;
		memset(attribute + 1, 0, NLA_ALIGN(strlen(name) + 1));
		memcpy(attribute + 1, name, strlen(name));
		length += NLA_ALIGN(attribute->nla_len);
	}
	header->nlmsg_len = length;
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST;
	generic->nfgen_family = family;
	generic->res_id = htons(resource);
	return length;
}

/* An nftables table goes, of each family in a batch of its own: one that is not there must not keep the other. */
static void delete_table(const char *name, size_t length)
{
	static const int families[] = {AF_INET, AF_INET6};
	char batch[1024];
	size_t i, used;
	int netlink;

	if (!memchr(name, 0, length) || length > 256)
		return;
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (netlink < 0) {
		complain("nftables");
		return;
	}
	for (i = 0; i < sizeof families / sizeof *families; i++) {
		used = put_message(batch, NFNL_MSG_BATCH_BEGIN, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, NULL);
		used += put_message(batch + used, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE, families[i], 0, name);
		used += put_message(batch + used, NFNL_MSG_BATCH_END, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, NULL);
		if (send(netlink, batch, used, 0) < 0)
			complain("nftables");
	}
	close(netlink);
}

/* Only what takes away may stand in a record. */
static int is_deletion(int type)
{
	return type == RTM_DELRULE || type == RTM_DELROUTE || type == RTM_DELADDR || type == RTM_DELLINK;
}

/* The attribute of this type, or NULL. */
static const struct rtattr *attribute_of(const struct rtattr *from, int length, int type)
{
	for (; RTA_OK(from, length); from = RTA_NEXT(from, length))
		if ((from->rta_type & NLA_TYPE_MASK) == type)
			return from;
	return NULL;
}

/* Whether all that is wanted is there, nested attributes looked into. */
static int has_attributes(const struct rtattr *there, int there_length, const struct rtattr *wanted, int wanted_length)
{
	for (; RTA_OK(wanted, wanted_length); wanted = RTA_NEXT(wanted, wanted_length)) {
		const struct rtattr *one = attribute_of(there, there_length, wanted->rta_type & NLA_TYPE_MASK);

		if (!one)
			return 0;
		if (wanted->rta_type & NLA_F_NESTED) {
			if (!has_attributes(RTA_DATA(one), RTA_PAYLOAD(one), RTA_DATA(wanted), RTA_PAYLOAD(wanted)))
				return 0;
		} else if (one->rta_len != wanted->rta_len || memcmp(RTA_DATA(one), RTA_DATA(wanted), RTA_PAYLOAD(one))) {
			return 0;
		}
	}
	return 1;
}

/*
 * Whether the link that a recorded RTM_DELLINK names is the one that we made. The kernel would delete whatever has the name by
 * now, so it is asked what that is, and it must be all that is recorded; then the deletion gets its index. A name alone tells nothing.
 */
static int is_link_ours(struct nlmsghdr *deletion)
{
	static char answer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *header = (struct nlmsghdr *)answer;
	struct ifinfomsg *wanted = NLMSG_DATA(deletion), *there = NLMSG_DATA(header);
	int length = deletion->nlmsg_len, netlink, ours = 0;

	if (length < (int)NLMSG_SPACE(sizeof *wanted) || !attribute_of(IFLA_RTA(wanted), IFLA_PAYLOAD(deletion), IFLA_LINKINFO))
		return 0;
	netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (netlink < 0) {
		complain("asking for a link");
		return 0;
	}
	memcpy(answer, deletion, length); /* no longer than BATCH */
	header->nlmsg_type = RTM_GETLINK;
	if (send(netlink, answer, length, 0) < 0 || (length = recv(netlink, answer, sizeof answer, MSG_DONTWAIT)) < 0)
		complain("asking for a link");
	else if (NLMSG_OK(header, length) && header->nlmsg_type == RTM_NEWLINK && /* else it is gone */
		 (ours = has_attributes(IFLA_RTA(there), IFLA_PAYLOAD(header), IFLA_RTA(wanted), IFLA_PAYLOAD(deletion))))
		wanted->ifi_index = there->ifi_index;
	close(netlink);
	return ours;
}

static void send_batch(int netlink, const char *batch, size_t length)
{
	if (length && send(netlink, batch, length, 0) < 0)
		complain("releasing");
}

/*
 * Sends every recorded deletion, in order, but those of links that are others by now, deletes every recorded table and restores every recorded setting. What is gone already is refused by the
 * kernel and that is all: the refusals are not read. The kernel executes the requests inside send(). A daemon killed while
 * it wrote leaves slots of two records: what is no entry is skipped, and the next slot looked at.
 */
static void undo(const char *bytes, size_t length, int netlink)
{
	static char batch[BATCH];
	size_t used = 0, at = 0;

	while (at + sizeof(struct nlmsghdr) <= length) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)(bytes + at);
		size_t size = message->nlmsg_len;
		int valid = size >= sizeof *message && size <= length - at && NLMSG_ALIGN(size) <= sizeof batch;

		if (valid && (message->nlmsg_type == RECORD_SETTING || message->nlmsg_type == RECORD_TABLE)) {
			/* Both may matter to what is deleted, so they are last: no address may outlive what keeps packets from it. */
			send_batch(netlink, batch, used);
			used = 0;
			if (message->nlmsg_type == RECORD_TABLE)
				delete_table(bytes + at + sizeof *message, size - sizeof *message);
			else
				restore_setting(bytes + at + sizeof *message, size - sizeof *message);
		} else if (valid && is_deletion(message->nlmsg_type)) {
			if (used + NLMSG_ALIGN(size) > sizeof batch) {
				send_batch(netlink, batch, used);
				used = 0;
			}
			memcpy(batch + used, message, size);
			if (message->nlmsg_type != RTM_DELLINK || is_link_ours((struct nlmsghdr *)(batch + used)))
				used += NLMSG_ALIGN(size);
		} else {
			size = 1;
		}
		at += (size + RECORD_SLOT - 1) / RECORD_SLOT * RECORD_SLOT;
	}
	send_batch(netlink, batch, used);
}

/* Undoes what is recorded, in the namespace where we are, then empties the record. */
static int undo_record(const char *path)
{
	struct stat status;
	char *bytes = NULL;
	ssize_t length = 0;
	int file, netlink = -1, result = 0;
	uint32_t count;

	file = open(path, O_RDWR | O_CLOEXEC);
	if (file < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(file, &status) || !(bytes = malloc(status.st_size + 1)) || (length = read(file, bytes, status.st_size)) < 0) {
		result = -1;
	} else if (length >= RECORD_HEADER && !memcmp(bytes, "REGENT02", 8)) { /* else never written: nothing was installed */
		netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
		if (netlink < 0) {
			result = -1;
		} else {
			size_t counted;

			memcpy(&count, bytes + 8, sizeof count);
			counted = (size_t)count * RECORD_SLOT;
			if (counted > (size_t)length - RECORD_HEADER)
				counted = length - RECORD_HEADER;
			undo(bytes + RECORD_HEADER, counted, netlink);
			close(netlink);
			count = 0;
			if (pwrite(file, &count, sizeof count, 8) != sizeof count)
				complain(path);
		}
	}
	free(bytes);
	close(file);
	return result;
}

/*
 * What is recorded stands in the network namespace that RECORD.netns names, if there is one. Returns our own namespace to
 * come back to, -1 when nothing was entered; sets *failed when it could not be.
 */
static int enter_namespace(const char *record, int *failed)
{
	char file[4200], target[4096];
	ssize_t length;
	int fd, own, there;

	snprintf(file, sizeof file, "%s.netns", record);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, target, sizeof target - 1);
	close(fd);
	if (length <= 0)
		return -1;
	target[length] = 0;
	own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	there = open(target, O_RDONLY | O_CLOEXEC);
	if (there < 0 && errno == ENOENT) { /* deleted, and all that was in it */
		if (own >= 0)
			close(own);
		*failed = 1;
		return -1;
	}
	if (own < 0 || there < 0 || setns(there, CLONE_NEWNET)) {
		complain(target);
		*failed = 1;
		if (own >= 0)
			close(own);
		own = -1;
	}
	if (there >= 0)
		close(there);
	return own;
}

/* Undoes what is recorded, where it is. */
static int release_record(const char *path)
{
	int failed = 0, result, home;

	if (!path)
		return 0;
	home = enter_namespace(path, &failed);
	if (failed)
		return 0;
	result = undo_record(path);
	if (home >= 0) {
		if (setns(home, CLONE_NEWNET))
			complain("setns");
		close(home);
	}
	return result;
}

/* Kills every process that carries the daemon's family token in its environment: scripts and their children. */
static void kill_family(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		return;
	while ((entry = readdir(proc))) {
		static char environment[65536];
		char path[300];
		ssize_t length;
		long pid = strtol(entry->d_name, NULL, 10);
		int file;

		if (pid <= 1 || pid == getpid())
			continue;
		snprintf(path, sizeof path, "/proc/%ld/environ", pid);
		file = open(path, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			continue;
		length = read(file, environment, sizeof environment - 1);
		close(file);
		if (length > 0 && memmem(environment, length, family, strlen(family)))
			kill(pid, SIGKILL);
	}
	closedir(proc);
}

/* ---------------------------------------------------------------- command line */

enum mode { FOREGROUND, BACKGROUND, DIRECT };

/* keepalived's options, only to learn whether it stays in the foreground; src/daemon/options.ts is who reads them. */
static enum mode mode_of(int argc, char **argv)
{
	static const char letters[] = ":f:PCBlDS:g::Gu:XVIRndp:r:c:b:as:xA:mM::ei:t::Tvh";
	static const struct option names[] = {
		{"use-file", 1, 0, 'f'}, {"vrrp", 0, 0, 'P'}, {"check", 0, 0, 'C'}, {"no_bfd", 0, 0, 'B'}, {"all", 0, 0, 1},
		{"log-console", 0, 0, 'l'}, {"log-detail", 0, 0, 'D'}, {"log-facility", 1, 0, 'S'}, {"log-file", 2, 0, 'g'},
		{"flush-log-file", 0, 0, 1}, {"no-syslog", 0, 0, 'G'}, {"umask", 1, 0, 'u'}, {"release-vips", 0, 0, 'X'},
		{"dont-release-vrrp", 0, 0, 'V'}, {"dont-release-ipvs", 0, 0, 'I'}, {"dont-respawn", 0, 0, 'R'},
		{"dont-fork", 0, 0, 'n'}, {"dump-conf", 0, 0, 'd'}, {"pid", 1, 0, 'p'}, {"vrrp_pid", 1, 0, 'r'},
		{"checkers_pid", 1, 0, 'c'}, {"bfd_pid", 1, 0, 'b'}, {"address-monitoring", 0, 0, 'a'}, {"snmp", 0, 0, 'x'},
		{"snmp-agent-socket", 1, 0, 'A'}, {"namespace", 1, 0, 's'}, {"core-dump", 0, 0, 'm'},
		{"core-dump-pattern", 2, 0, 'M'}, {"all-config", 0, 0, 'e'}, {"config-id", 1, 0, 'i'}, {"ignore-sigint", 0, 0, 1},
		{"signum", 1, 0, 'h'}, {"config-test", 2, 0, 't'}, {"genhash", 0, 0, 'T'}, {"version", 0, 0, 'v'},
		{"help", 0, 0, 'h'}, {"log-format", 1, 0, 1}, {"runtime-dir", 1, 0, 1},
		{"diagnostics", 1, 0, 1}, {"format", 1, 0, 1}, {0, 0, 0, 0}};
	enum mode mode = BACKGROUND;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (strchr("tTvh?:", option))
			return DIRECT; /* prints something and exits, or a usage error: nothing to guard */
		if (option == 'n')
			mode = FOREGROUND;
	}
	return mode;
}

/* ---------------------------------------------------------------- watching */

struct daemon {
	pid_t pid;
	int pidfd;
	int link;
	int ours;	   /* our child, so it must be reaped */
	int restarts;
	long ready_at;	   /* 0: not yet */
	sigset_t kept;	   /* signals that came before it was ready */
	long kill_at;	   /* 0: no stop asked for */
	int exit_code;	   /* -1: it said no goodbye */
	char line[4096];
	size_t line_length;
};

/* sd_notify(3), when the init system asks for it: what keepalived sends, in the same moments. */
static void tell_init(const char *text)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;
	int file;

	if (!length || length >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, length);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = 0;
	file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (file < 0)
		return;
	if (sendto(file, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
		   offsetof(struct sockaddr_un, sun_path) + length) < 0)
		complain("NOTIFY_SOCKET");
	close(file);
}

static void tell_ready(void)
{
	char text[64];
	snprintf(text, sizeof text, "READY=1\nMAINPID=%d", getpid());
	tell_init(text);
}

static int notify_fd = -1; /* a background start: the command line waits here for its exit status */

static void report_start(int code)
{
	unsigned char byte = code;
	int nothing;

	if (notify_fd < 0)
		return;
	if (write(notify_fd, &byte, 1) != 1)
		complain("start status");
	close(notify_fd);
	notify_fd = -1;
	/* Whoever reads our standard output (a pipe of an init system, of a shell) must see its end. */
	nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nothing >= 0) {
		dup2(nothing, 0);
		dup2(nothing, 1);
		dup2(nothing, 2);
		close(nothing);
	}
}

static void start_daemon(struct daemon *daemon, char **command)
{
	int pair[2];
	char number[16];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		complain("socketpair");
		exit(EXIT_FATAL);
	}
	snprintf(number, sizeof number, "%d", daemon->restarts);
	setenv("REGENT_RESTARTS", number, 1);
	snprintf(number, sizeof number, "%d", getpid());
	setenv("REGENT_GUARDIAN", number, 1);
	daemon->pid = fork();
	if (daemon->pid < 0) {
		complain("fork");
		exit(EXIT_FATAL);
	}
	if (daemon->pid == 0) {
		sigset_t none;
		if (pair[1] == LINK_FD)
			fcntl(LINK_FD, F_SETFD, 0);
		else
			dup2(pair[1], LINK_FD);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execv(command[0], command);
		complain(command[0]);
		_exit(EXIT_FATAL);
	}
	close(pair[1]);
	daemon->link = pair[0];
	daemon->pidfd = syscall(SYS_pidfd_open, daemon->pid, 0);
	daemon->ours = 1;
	daemon->ready_at = 0;
	daemon->exit_code = -1;
	daemon->line_length = 0;
	if (daemon->pidfd < 0) {
		complain("pidfd_open");
		exit(EXIT_FATAL);
	}
	fcntl(daemon->pidfd, F_SETFD, FD_CLOEXEC);
}

/* A reload or a dump asked for during the start, or between two lives, is not lost. */
static void pass_on_kept(struct daemon *daemon)
{
	for (int number = 1; number <= SIGRTMAX; number++)
		if (sigismember(&daemon->kept, number) == 1)
			syscall(SYS_pidfd_send_signal, daemon->pidfd, number, NULL, 0);
	sigemptyset(&daemon->kept);
}

static void read_line(struct daemon *daemon, char *line)
{
	if (!strncmp(line, "record ", 7)) {
		snprintf(record_buffer, sizeof record_buffer, "%s", line + 7);
		record_path = record_buffer;
	} else if (!strncmp(line, "name ", 5)) {
		static char own_name[16];
		if (!*own_name)
			prctl(PR_GET_NAME, own_name);
		prctl(PR_SET_NAME, line[5] ? line + 5 : own_name);
	} else if (!strcmp(line, "ready")) {
		if (!daemon->ready_at)
			daemon->ready_at = now_ms();
		pass_on_kept(daemon);
		tell_ready();
		report_start(0);
	} else if (!strcmp(line, "reloading")) {
		tell_init("RELOADING=1");
	} else if (!strncmp(line, "stopping ", 9)) {
		daemon->kill_at = now_ms() + atol(line + 9);
		tell_init("STOPPING=1");
	} else if (!strncmp(line, "bye ", 4)) {
		daemon->exit_code = atoi(line + 4);
	}
}

/* Everything the daemon has said so far; the last words of a dead daemon are still in the socket. */
static void read_link(struct daemon *daemon)
{
	for (;;) {
		ssize_t got = recv(daemon->link, daemon->line + daemon->line_length,
				   sizeof daemon->line - 1 - daemon->line_length, MSG_DONTWAIT);
		char *end;
		if (got <= 0) {
			if (got == 0)
				shutdown(daemon->link, SHUT_RD);
			return;
		}
		daemon->line_length += got;
		daemon->line[daemon->line_length] = 0;
		while ((end = strchr(daemon->line, '\n'))) {
			*end = 0;
			read_line(daemon, daemon->line);
			daemon->line_length -= end + 1 - daemon->line;
			memmove(daemon->line, end + 1, daemon->line_length + 1);
		}
		if (daemon->line_length == sizeof daemon->line - 1)
			daemon->line_length = 0; /* no line of ours is that long */
	}
}

/*
 * Collects whoever else has become our child: in a container that we are the first process of, every orphan has. The
 * daemon is left to ended(), which wants its status, and runs before the next look.
 */
static void reap(const struct daemon *daemon)
{
	for (;;) {
		siginfo_t info = {0};
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
			return;
		if (daemon->ours && info.si_pid == daemon->pid)
			return;
		waitpid(info.si_pid, NULL, 0);
	}
}

/* The daemon is gone. Returns the code to exit with, or -1 when it must be started again. */
static int ended(struct daemon *daemon)
{
	siginfo_t info;
	int code;

	read_link(daemon);
	code = daemon->exit_code;
	if (code < 0) {
		/* First of all the virtual network: whatever else follows, it must not stay. */
		if (release_record(record_path))
			complain(record_path);
		kill_family();
	}
	memset(&info, 0, sizeof info);
	if (daemon->ours)
		waitid(P_PID, daemon->pid, &info, WEXITED);
	close(daemon->pidfd);
	close(daemon->link);
	if (code >= 0)
		return code;
	if (daemon->kill_at)
		return EXIT_FATAL; /* it was asked to stop and had to be killed */
	if (daemon->ours && !daemon->ready_at && !daemon->restarts && info.si_code == CLD_EXITED)
		return info.si_status; /* could not start: Node's own message says why */
	if (daemon->ours)
		fprintf(stderr, "guardian: daemon (pid %d) died %s %d: virtual network released, restarting\n", daemon->pid,
			info.si_code == CLD_EXITED ? "with exit status" : "by signal", info.si_status);
	else
		fprintf(stderr, "guardian: adopted daemon (pid %d) died: virtual network released, restarting\n", daemon->pid);
	return -1;
}

/* After a crash in a steady life at once; a crash loop is slowed down as keepalived does: 0, 1, 2, 4 ... 60 s. */
static void pause_before_restart(struct daemon *daemon, int *quick)
{
	long delay;
	if (daemon->ready_at && now_ms() - daemon->ready_at >= STEADY_MS)
		*quick = 0;
	delay = *quick == 0 ? 0 : 1000L << (*quick - 1 > 6 ? 6 : *quick - 1);
	if (delay > MAX_DELAY_MS)
		delay = MAX_DELAY_MS;
	(*quick)++;
	if (delay) {
		struct timespec t = {delay / 1000, 0};
		sigset_t stop;
		sigemptyset(&stop);
		sigaddset(&stop, SIGTERM);
		sigaddset(&stop, SIGINT);
		if (sigtimedwait(&stop, NULL, &t) > 0)
			exit(0); /* asked to stop while nothing runs */
	}
}

static int watch(struct daemon *daemon, char **command)
{
	int quick = 0;
	sigset_t all;
	int signals;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!daemon->pid)
		start_daemon(daemon, command);
	for (;;) {
		struct pollfd ready[3] = {{signals, POLLIN, 0}, {daemon->pidfd, POLLIN, 0}, {daemon->link, POLLIN, 0}};
		struct signalfd_siginfo signal;
		int wait = -1;

		if (daemon->kill_at) {
			long left = daemon->kill_at - now_ms();
			if (left <= 0) {
				kill(daemon->pid, SIGKILL);
				left = 1000;
			}
			wait = left;
		}
		if (poll(ready, 3, wait) < 0 && errno != EINTR) {
			complain("poll");
			return EXIT_FATAL;
		}
		while (read(signals, &signal, sizeof signal) == sizeof signal) {
			if (signal.ssi_signo == SIGCHLD || signal.ssi_signo == SIGPIPE)
				continue;
			if ((signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT) && !daemon->kill_at)
				daemon->kill_at = now_ms() + STOP_GRACE_MS;
			if (daemon->ready_at || signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT)
				syscall(SYS_pidfd_send_signal, daemon->pidfd, signal.ssi_signo, NULL, 0);
			else
				sigaddset(&daemon->kept, signal.ssi_signo);
		}
		if (ready[2].revents & POLLIN)
			read_link(daemon);
		else if (ready[2].revents)
			poll(NULL, 0, 1); /* the link is closed and the process is about to end: do not spin */
		if (ready[1].revents) {
			int code = ended(daemon);
			if (code >= 0) {
				report_start(code);
				return code;
			}
			pause_before_restart(daemon, &quick);
			daemon->restarts++;
			start_daemon(daemon, command);
		}
		reap(daemon);
	}
}

/* ---------------------------------------------------------------- start */

static void into_background(void)
{
	int pipe_fds[2];
	pid_t child;

	if (pipe2(pipe_fds, O_CLOEXEC)) {
		complain("pipe");
		exit(EXIT_FATAL);
	}
	child = fork();
	if (child < 0) {
		complain("fork");
		exit(EXIT_FATAL);
	}
	if (child > 0) {
		unsigned char code = EXIT_FATAL;
		close(pipe_fds[1]);
		if (read(pipe_fds[0], &code, 1) != 1)
			fprintf(stderr, "guardian: ended before the daemon was ready\n");
		_exit(code);
	}
	close(pipe_fds[0]);
	notify_fd = pipe_fds[1];
	setsid();
	setenv("REGENT_BACKGROUND", "1", 1);
}

static void make_family_token(void)
{
	const char *inherited = getenv(FAMILY_VARIABLE);
	char token[40];
	if (!inherited) {
		snprintf(token, sizeof token, "%d.%ld", getpid(), now_ms());
		setenv(FAMILY_VARIABLE, token, 1);
		inherited = token;
	}
	snprintf(family, sizeof family, FAMILY_VARIABLE "=%s", inherited);
}

int main(int argc, char **argv)
{
	struct daemon daemon = {.link = -1, .pidfd = -1, .exit_code = -1};

	if (argc == 3 && !strcmp(argv[1], "--release")) {
		if (release_record(argv[2])) {
			complain(argv[2]);
			return EXIT_FATAL;
		}
		return 0;
	}
	prctl(PR_SET_NAME, "regent-guardian");
	if (argc >= 6 && !strcmp(argv[1], "--adopt")) {
		make_family_token();
		record_path = argv[3];
		daemon.pid = atoi(argv[2]);
		daemon.pidfd = syscall(SYS_pidfd_open, daemon.pid, 0);
		daemon.link = LINK_FD;
		daemon.ready_at = now_ms();
		tell_ready(); /* MAINPID is another one now */
		if (daemon.pidfd < 0) {
			release_record(record_path); /* it died before we could look: nobody else will clean up */
			kill_family();
			daemon.pid = 0;
			daemon.restarts = 1;
		} else {
			fcntl(daemon.pidfd, F_SETFD, FD_CLOEXEC);
			fcntl(LINK_FD, F_SETFD, FD_CLOEXEC);
		}
		return watch(&daemon, argv + 4);
	}
	if (argc < 3) {
		fprintf(stderr, "usage: guardian NODE SCRIPT [ARG...] | --adopt PID RECORD NODE SCRIPT [ARG...] | --release RECORD\n");
		return EXIT_FATAL;
	}
	unsetenv(FAMILY_VARIABLE);
	make_family_token();
	switch (mode_of(argc - 2, argv + 2)) {
	case DIRECT:
		execv(argv[1], argv + 1);
		complain(argv[1]);
		return EXIT_FATAL;
	case BACKGROUND:
		into_background();
		break;
	case FOREGROUND:
		break;
	}
	return watch(&daemon, argv + 1);
}
