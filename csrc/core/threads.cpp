// The pool holds one job at a time. A caller that finds it taken runs its chunks itself, so neither
// nested calls nor several Python threads can wait for each other.
//
// `ticket` is (job number, chunks claimed from the front, chunks not yet claimed). Taking a chunk
// is a compare-and-swap on it, and the job number in it makes a claim on an earlier job fail: a
// worker reads the job only after its claim has succeeded, when the caller cannot have left. The
// caller takes chunks from the front and workers from the back, so that job after job a core finds
// in its own cache what it wrote there before. The caller claims chunks like everyone else and at
// the end waits for `unfinished` chunks, which are all in somebody's hands: a worker that is
// asleep, or that was descheduled before it claimed, is not waited for. So the pool needs no worker
// to be alive, and a forked child only has to forget them.
#include "core/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "core/cgroup.h"
#include "core/check.h"
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

namespace pydl {
namespace {

using Word = std::atomic<uint32_t>;

// Sleeps while word == expected; may return early.
void sleep_on(Word& word, uint32_t expected) {
#if defined(__linux__)
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
#else
  word.wait(expected);
#endif
}

void wake(Word& word, int count) {
#if defined(__linux__)
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
#else
  count == 1 ? word.notify_one() : word.notify_all();
#endif
}

void pause_processor() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

using Clock = std::chrono::steady_clock;
constexpr auto kSpin = std::chrono::microseconds(30);

// True as soon as ready() is, false after kSpin. The clock is read once in eight pauses.
template <class F>
bool spin_until(F ready) {
  if (ready()) return true;
  const auto start = Clock::now();
  do {
    for (int i = 0; i < 8; ++i) {
      pause_processor();
      if (ready()) return true;
    }
  } while (Clock::now() - start < kSpin);
  return false;
}

// Or -1 where the system does not tell.
int current_core() {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

struct Job {
  int64_t begin, end, grain;
  RangeBody body;
  void* context;
  int64_t
      step;  // iterations in one claim: grain, or a multiple of it in a range of over 2^24 chunks
  uint32_t claims;
};

void run_range(const Job& job, int64_t begin, int64_t end) {
  while (end - begin > job.grain) {
    job.body(job.context, begin, begin + job.grain);
    begin += job.grain;
  }
  job.body(job.context, begin, end);
}

// Everything is trivially destructible: workers may outlive the program's static objects.
struct Pool {
  std::atomic<bool> taken{false};
  Job job{};                    // plain: ordered by ticket and unfinished
  std::atomic<int> started{0};  // workers alive; written by who holds `taken`
  std::atomic<int> limit{0};    // threads wanted, the caller included; 0: not decided yet
  std::atomic<bool> limit_was_set{false};
  std::atomic<int> caller_core{-2};  // where the job's caller was when it published the job
  std::atomic<int> cores{1};         // workers beyond them do not spin
  int late = 0, unwoken = 0;         // see wake_workers; touched by who holds `taken`

  alignas(64) std::atomic<uint64_t> ticket{0};
  alignas(64) Word unfinished{0};
  std::atomic<bool> caller_sleeps{false};
  alignas(64) Word news{0};  // changes with every job and every new limit: workers sleep on it
  Word limits{0};            // changes with every new limit: workers beyond it sleep on this one
  alignas(64) std::atomic<int> spinning{0};
  std::atomic<int> sleeping{0};
};
constinit Pool pool;

constexpr int kClaimBits = 24;
constexpr int64_t kMostClaims = (int64_t{1} << kClaimBits) - 1;
int64_t left(uint64_t ticket) { return static_cast<int64_t>(ticket) & kMostClaims; }
int64_t front(uint64_t ticket) { return static_cast<int64_t>(ticket >> kClaimBits) & kMostClaims; }
uint64_t number(uint64_t ticket) { return ticket >> 2 * kClaimBits; }

// Claims and runs chunks until none is left; returns how many. They have yet to be taken off
// `unfinished`.
uint32_t work(bool from_front) {
  uint32_t mine = 0;
  uint64_t ticket = pool.ticket.load(std::memory_order_acquire);
  while (left(ticket) != 0) {
    const uint64_t next = ticket - 1 + (from_front ? uint64_t{1} << kClaimBits : 0);
    if (!pool.ticket.compare_exchange_weak(ticket, next, std::memory_order_acq_rel,
                                           std::memory_order_acquire)) {
      continue;
    }
    const Job& job = pool.job;
    const int64_t chunk = from_front ? front(ticket) : front(ticket) + left(ticket) - 1;
    const int64_t begin = job.begin + chunk * job.step;
    run_range(job, begin, job.end - begin > job.step ? begin + job.step : job.end);
    ++mine;
    ticket = pool.ticket.load(std::memory_order_acquire);
  }
  return mine;
}

void* worker(void* argument) {
  const int index = static_cast<int>(reinterpret_cast<intptr_t>(argument));
  uint32_t seen = pool.news.load();
  for (;;) {
    const uint32_t limits = pool.limits.load();
    if (index >= pool.limit.load()) {
      sleep_on(pool.limits, limits);
      continue;
    }
    // On the caller's core it would only delay the caller, and its spinning even more so.
    const bool beside = current_core() != pool.caller_core.load(std::memory_order_relaxed);
    const uint32_t mine = beside ? work(false) : 0;
    if (mine != 0 && pool.unfinished.fetch_sub(mine) == mine && pool.caller_sleeps.load()) {
      wake(pool.unfinished, 1);
    }
    bool news = false;
    if (beside && index < pool.cores.load(std::memory_order_relaxed)) {
      pool.spinning.fetch_add(1);
      news = spin_until([&] { return pool.news.load(std::memory_order_relaxed) != seen; });
      pool.spinning.fetch_sub(1);
    }
    if (!news) {
      pool.sleeping.fetch_add(1);
      sleep_on(pool.news, seen);
      pool.sleeping.fetch_sub(1);
    }
    seen = pool.news.load();
  }
  return nullptr;
}

int affinity_count() {
#if defined(__linux__)
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* set = CPU_ALLOC(cpus);
    if (set == nullptr) break;
    const size_t size = CPU_ALLOC_SIZE(cpus);
    const int failed = sched_getaffinity(0, size, set);
    const int error = errno;
    const int count = failed ? 0 : CPU_COUNT_S(size, set);
    CPU_FREE(set);
    if (count > 0) return count;
    if (error != EINVAL) break;  // EINVAL: this machine's mask is longer
  }
#endif
  const int count = static_cast<int>(std::thread::hardware_concurrency());
  return count < 1 ? 1 : count;
}

// Workers take no signals: Python handles them on its own threads. Where the system refuses a
// thread, the job runs on those there are.
void start_workers(int count) {
  int started = pool.started.load(std::memory_order_relaxed);
  if (started >= count) return;
  pool.cores.store(affinity_count());
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  for (; started < count; ++started) {
    pthread_t thread;
    void* index = reinterpret_cast<void*>(static_cast<intptr_t>(started + 1));
    if (pthread_create(&thread, &attributes, worker, index) != 0) break;
  }
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pool.started.store(started, std::memory_order_relaxed);
}

// Waking costs microseconds, and on a busy machine the worker may come after the caller has done it
// all. Where that happened, the next 2, 4, ... 64 short jobs go without.
bool wake_workers(const Job& job, int helpers) {
  const int asleep = helpers - pool.spinning.load();
  if (asleep <= 0 || pool.sleeping.load() == 0) return false;
  if (pool.unwoken > 0 && job.claims < 8 * static_cast<uint32_t>(helpers)) {
    --pool.unwoken;
    return false;
  }
  wake(pool.news, asleep);
  return true;
}

void forget_workers() {
  pool.taken.store(false);
  pool.started.store(0);
  pool.ticket.store(number(pool.ticket.load()) << 2 * kClaimBits);
  pool.unfinished.store(0);
  pool.caller_sleeps.store(false);
  pool.spinning.store(0);
  pool.sleeping.store(0);
  pool.late = pool.unwoken = 0;
}
[[maybe_unused]] const int fork_handler = pthread_atfork(nullptr, nullptr, forget_workers);

// --- how many threads

struct Machine {
  int online, affinity, granted;
  double quota;
};

Machine look_at_machine() {
  Machine m;
  m.affinity = affinity_count();
  m.online = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  if (m.online < m.affinity) m.online = m.affinity;
  m.quota = cgroup_cores("");
  m.granted = m.affinity;
  // 1.5 cores are worth two threads, 1.1 are not: the second would sit throttled.
  if (m.quota > 0 && m.quota < m.granted) m.granted = static_cast<int>(std::ceil(m.quota - 0.25));
  m.granted = m.granted < 1 ? 1 : m.granted > kMaxThreads ? kMaxThreads : m.granted;
  return m;
}

// PYDL_NUM_THREADS: 0 where it is unset or empty, -1 where it makes no sense.
int threads_from_environment() {
  const char* text = std::getenv("PYDL_NUM_THREADS");
  if (text == nullptr || *text == '\0') return 0;
  char* rest;
  const long count = std::strtol(text, &rest, 10);
  return *rest == '\0' && count >= 1 && count <= kMaxThreads ? static_cast<int>(count) : -1;
}

// Threads that run at once may both decide: they come to the same answer.
int decide_limit() {
  int count = threads_from_environment();
  if (count == -1) {
    std::fprintf(stderr, "pydl: PYDL_NUM_THREADS is not a whole number from 1 to %d; ignored\n",
                 kMaxThreads);
  }
  if (count < 1) count = look_at_machine().granted;
  int undecided = 0;
  return pool.limit.compare_exchange_strong(undecided, count) ? count : undecided;
}

int thread_limit() {
  const int limit = pool.limit.load(std::memory_order_relaxed);
  return limit != 0 ? limit : decide_limit();
}

}  // namespace

int num_threads() {
  check(pool.limit_was_set.load() || threads_from_environment() != -1, ErrorKind::kValue,
        "PYDL_NUM_THREADS: expected a whole number from 1 to ", kMaxThreads, ", got '",
        std::getenv("PYDL_NUM_THREADS"), "'");
  return thread_limit();
}

void set_num_threads(int count) {
  check(count >= 1 && count <= kMaxThreads, ErrorKind::kValue, "set_num_threads: expected 1 to ",
        kMaxThreads, " threads, got ", count);
  pool.limit.store(count);
  pool.limit_was_set.store(true);
  pool.limits.fetch_add(1);
  pool.news.fetch_add(1);
  wake(pool.limits, INT_MAX);
  wake(pool.news, INT_MAX);
}

const char* threads_reason() {
  num_threads();
  const Machine m = look_at_machine();
  char quota[64] = "no cgroup quota";
  if (m.quota > 0) std::snprintf(quota, sizeof quota, "cgroup quota %.3g cores", m.quota);
  char asked[64] = "";
  if (pool.limit_was_set.load()) {
    std::snprintf(asked, sizeof asked, "set_num_threads(%d); ", pool.limit.load());
  } else if (threads_from_environment() > 0) {
    std::snprintf(asked, sizeof asked, "PYDL_NUM_THREADS=%d; ", pool.limit.load());
  }
  static thread_local char text[256];
  std::snprintf(text, sizeof text, "%s%d of %d cores in the affinity mask, %s", asked, m.affinity,
                m.online, quota);
  return text;
}

void parallel_for(int64_t begin, int64_t end, int64_t grain, RangeBody body, void* context) {
  if (begin >= end) return;
  if (grain < 1) grain = 1;
  Job job{begin, end, grain, body, context, grain, 0};
  const int threads = end - begin > grain ? thread_limit() : 1;
  if (threads == 1 || pool.taken.exchange(true, std::memory_order_acquire)) {
    run_range(job, begin, end);
    return;
  }
  int64_t claims = (end - begin - 1) / grain + 1;
  if (claims > kMostClaims) {
    job.step = grain * (claims / kMostClaims + 1);
    claims = (end - begin - 1) / job.step + 1;
  }
  job.claims = static_cast<uint32_t>(claims);
  const int helpers = claims < threads ? static_cast<int>(claims) - 1 : threads - 1;
  start_workers(helpers);

  pool.job = job;
  const int core = current_core();
  pool.caller_core.store(core < 0 ? -2 : core, std::memory_order_relaxed);
  pool.unfinished.store(job.claims, std::memory_order_relaxed);
  const uint64_t next = number(pool.ticket.load(std::memory_order_relaxed)) + 1;
  pool.ticket.store(next << 2 * kClaimBits | job.claims, std::memory_order_release);
  pool.news.fetch_add(1);
  const bool woken = wake_workers(job, helpers);

  const uint32_t mine = work(true);
  if (mine != job.claims) {
    pool.late = pool.unwoken = 0;
  } else if (woken) {
    pool.late = pool.late < 6 ? pool.late + 1 : 6;
    pool.unwoken = 1 << pool.late;
  }
  if (pool.unfinished.fetch_sub(mine) != mine) {
    const auto done = [] { return pool.unfinished.load(std::memory_order_acquire) == 0; };
    if (!spin_until(done)) {
      pool.caller_sleeps.store(true);
      while (uint32_t left = pool.unfinished.load()) sleep_on(pool.unfinished, left);
      pool.caller_sleeps.store(false, std::memory_order_relaxed);
    }
  }
  pool.taken.store(false, std::memory_order_release);
}

}  // namespace pydl
