/** One thing that was looked at on this machine, or in a plan, and what would mend it. */
export interface Finding {
  /** Such as `TensorFlow`. */
  readonly what: string;
  /** `missing` is something that runs need; `absent` something that they can do without. */
  readonly state: 'good' | 'absent' | 'missing';
  readonly found: string;
  readonly remedy?: string;
}
