import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {cpus, freemem, totalmem} from 'node:os';
import type {RunEvent} from '../../core/events.js';

/** As often as MLflow's own clients look. */
const intervalMilliseconds = 10_000;

/**
 * Tells every ten seconds how busy this machine is, by the names that MLflow's own clients give: processors and memory in percent and
 * megabytes, and each NVIDIA GPU. Returns what ends it.
 */
export function watchSystem(emit: (event: RunEvent) => void): () => void {
  let [step, before, ended] = [0, cpuTimes(), false];
  const look = async (): Promise<void> => {
    const now = cpuTimes();
    const [busy, all] = [now.busy - before.busy, now.all - before.all];
    before = now;
    const used = totalmem() - freemem();
    const values = {
      cpu_utilization_percentage: all > 0 ? (100 * busy) / all : 0,
      system_memory_usage_megabytes: used / 1e6,
      system_memory_usage_percentage: (100 * used) / totalmem(),
      ...(await gpus()),
    };
    if (!ended) emit({type: 'system-metrics', time: Date.now(), step: step++, values});
  };
  const timer = setInterval(() => void look(), intervalMilliseconds).unref();
  return () => {
    ended = true;
    clearInterval(timer);
  };
}

function cpuTimes(): {readonly busy: number; readonly all: number} {
  let [busy, all] = [0, 0];
  for (const {times} of cpus()) {
    const total = times.user + times.nice + times.sys + times.irq + times.idle;
    all += total;
    busy += total - times.idle;
  }
  return {busy, all};
}

function gpus(): Promise<Record<string, number>> {
  if (!existsSync('/proc/driver/nvidia/version')) return Promise.resolve({});
  const query = ['--query-gpu=utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits'];
  return new Promise((resolve) => {
    // a driver without its tool, or a GPU in trouble: the processors' figures stand alone
    execFile('nvidia-smi', query, {timeout: 5000}, (error, stdout) => resolve(error ? {} : readGpus(stdout)));
  });
}

/** Figures of each line that nvidia-smi writes: utilisation in percent, memory used and in all in MiB. */
function readGpus(text: string): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [index, line] of text.trim().split('\n').entries()) {
    const [utilisation = Number.NaN, used = Number.NaN, total = Number.NaN] = line.split(',').map(Number);
    if (Number.isFinite(utilisation)) figures[`gpu_${index}_utilization_percentage`] = utilisation;
    if (!Number.isFinite(used) || !(total > 0)) continue;
    figures[`gpu_${index}_memory_usage_megabytes`] = used * 1.048576;
    figures[`gpu_${index}_memory_usage_percentage`] = (100 * used) / total;
  }
  return figures;
}
