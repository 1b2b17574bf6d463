/** Cells below this size hold what falls into them as one body: points that coincide would divide for ever. */
const deepest = 48;

/**
 * A quadtree over points in the plane whose cells know their mass and centre, for Barnes–Hut sums (Barnes and Hut 1986). Cells are
 * laid out in depth-first order with the index that follows a whole subtree, so that a traversal is one forward loop.
 */
export class QuadTree {
  readonly #count: number;
  // while inserting: four children a cell, 0 for none
  #children: Int32Array;
  #mass: Float64Array;
  #sumX: Float64Array;
  #sumY: Float64Array;
  // in depth-first order
  #x: Float64Array;
  #y: Float64Array;
  #weight: Float64Array;
  #width2: Float64Array;
  #skip: Int32Array;
  #cells = 0;
  #laid = 0;

  constructor(count: number) {
    this.#count = count;
    const capacity = Math.max(64, 4 * count);
    this.#children = new Int32Array(4 * capacity);
    this.#mass = new Float64Array(capacity);
    this.#sumX = new Float64Array(capacity);
    this.#sumY = new Float64Array(capacity);
    this.#x = new Float64Array(capacity);
    this.#y = new Float64Array(capacity);
    this.#weight = new Float64Array(capacity);
    this.#width2 = new Float64Array(capacity);
    this.#skip = new Int32Array(capacity);
  }

  /** Puts all points (x, y alternating) into a fresh tree. */
  build(points: Float64Array): void {
    let [lowX, lowY, highX, highY] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = 0; at < points.length; at += 2) {
      const x = points[at] as number;
      const y = points[at + 1] as number;
      if (x < lowX) lowX = x;
      if (x > highX) highX = x;
      if (y < lowY) lowY = y;
      if (y > highY) highY = y;
    }
    const width = Math.max(highX - lowX, highY - lowY, 1e-12) * (1 + 1e-9);
    this.#cells = 0;
    this.#newCell();
    for (let at = 0; at < points.length; at += 2) this.#insert(points[at] as number, points[at + 1] as number, lowX, lowY, width);
    this.#laid = 0;
    this.#layOut(0, width);
  }

  /** Fills `forces` with Σ q² (p − p′) for each point, q = 1 / (1 + |p − p′|²); returns Σ q over all pairs. */
  repulsion(points: Float64Array, angle: number, forces: Float64Array): number {
    const [xs, ys, weights, widths, skips, laid] = [this.#x, this.#y, this.#weight, this.#width2, this.#skip, this.#laid];
    const angle2 = angle * angle;
    let total = 0;
    for (let point = 0; point < this.#count; point++) {
      const x = points[2 * point] as number;
      const y = points[2 * point + 1] as number;
      let forceX = 0;
      let forceY = 0;
      let sum = 0;
      for (let cell = 0; cell < laid; ) {
        const dx = x - (xs[cell] as number);
        const dy = y - (ys[cell] as number);
        const distance2 = dx * dx + dy * dy;
        if ((widths[cell] as number) < angle2 * distance2 || skips[cell] === cell + 1) {
          const q = 1 / (1 + distance2);
          const share = (weights[cell] as number) * q;
          sum += share;
          forceX += share * q * dx;
          forceY += share * q * dy;
          cell = skips[cell] as number;
        } else cell++;
      }
      forces[2 * point] = forceX;
      forces[2 * point + 1] = forceY;
      // the point itself was counted with q = 1 and no force
      total += sum - 1;
    }
    return total;
  }

  #newCell(): number {
    const cell = this.#cells++;
    if (cell >= this.#mass.length) this.#grow();
    this.#children.fill(0, 4 * cell, 4 * cell + 4);
    this.#mass[cell] = 0;
    this.#sumX[cell] = 0;
    this.#sumY[cell] = 0;
    return cell;
  }

  #insert(x: number, y: number, rootX: number, rootY: number, rootWidth: number): void {
    let [cell, left, bottom, width] = [0, rootX, rootY, rootWidth];
    for (let depth = 0; ; depth++) {
      const mass = this.#mass[cell] as number;
      if (mass > 0 && depth < deepest && this.#isLeaf(cell)) {
        const heldX = (this.#sumX[cell] as number) / mass;
        const heldY = (this.#sumY[cell] as number) / mass;
        // points that coincide share a leaf; others make what the leaf held move down
        if (heldX !== x || heldY !== y) this.#copyInto(this.#childAt(cell, quadrant(heldX, heldY, left, bottom, width)), cell);
      }
      this.#mass[cell] = mass + 1;
      this.#sumX[cell] = (this.#sumX[cell] as number) + x;
      this.#sumY[cell] = (this.#sumY[cell] as number) + y;
      if (this.#isLeaf(cell)) return;
      const side = quadrant(x, y, left, bottom, width);
      cell = this.#childAt(cell, side);
      width /= 2;
      if (side & 1) left += width;
      if (side & 2) bottom += width;
    }
  }

  #copyInto(child: number, cell: number): void {
    this.#mass[child] = this.#mass[cell] as number;
    this.#sumX[child] = this.#sumX[cell] as number;
    this.#sumY[child] = this.#sumY[cell] as number;
  }

  #isLeaf(cell: number): boolean {
    const children = this.#children;
    return (
      children[4 * cell] === 0 && children[4 * cell + 1] === 0 && children[4 * cell + 2] === 0 && children[4 * cell + 3] === 0
    );
  }

  #childAt(cell: number, side: number): number {
    const known = this.#children[4 * cell + side] as number;
    if (known !== 0) return known;
    const child = this.#newCell();
    this.#children[4 * cell + side] = child;
    return child;
  }

  #layOut(cell: number, width: number): void {
    const place = this.#laid++;
    const mass = this.#mass[cell] as number;
    this.#x[place] = (this.#sumX[cell] as number) / mass;
    this.#y[place] = (this.#sumY[cell] as number) / mass;
    this.#weight[place] = mass;
    this.#width2[place] = width * width;
    for (let side = 0; side < 4; side++) {
      const child = this.#children[4 * cell + side] as number;
      if (child !== 0) this.#layOut(child, width / 2);
    }
    this.#skip[place] = this.#laid;
  }

  #grow(): void {
    const wider = <T extends Float64Array | Int32Array>(array: T): T => {
      const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
      larger.set(array as never);
      return larger;
    };
    this.#children = wider(this.#children);
    this.#mass = wider(this.#mass);
    this.#sumX = wider(this.#sumX);
    this.#sumY = wider(this.#sumY);
    this.#x = wider(this.#x);
    this.#y = wider(this.#y);
    this.#weight = wider(this.#weight);
    this.#width2 = wider(this.#width2);
    this.#skip = wider(this.#skip);
  }
}

/** Which quarter of a cell a point falls into: bit 0 right, bit 1 upper. */
const quadrant = (x: number, y: number, left: number, bottom: number, width: number): number =>
  (x >= left + width / 2 ? 1 : 0) + (y >= bottom + width / 2 ? 2 : 0);
