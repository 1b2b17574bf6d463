/** Path of a Python that has what test/reference/requirements.txt names; makes the environment when it is not there. */
export function testPython(): string;
